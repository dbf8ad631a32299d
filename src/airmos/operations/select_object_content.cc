// SPDX-License-Identifier: BSD-3-Clause
//
// SelectObjectContent: the query runs in the drive that holds the object, and the answer is all that leaves it.
//
// What fails before the query has an answer is an ordinary error. A query that takes longer than kPatience gets the head
// of its answer first and then a message every kPatience, so that the client does not give up; what fails later is an
// error message in the stream. A query whose client is gone is cancelled in the drive.
//
// How far a running query is only the drive knows. So Progress begins with the answer, and is never invented.
//
// Names take a second query at times. What a header has in several spellings is asked of the drive before, and a member that
// no record of JSON has is learned from its refusal, and is null from then on, as where only some records lack it.
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "airmos/operations/metrics.hpp"
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/operations/select_request.hpp"
#include "airmos/operations/text.hpp"
#include "airmos/select/event_stream.hpp"
#include "airmos/select/query_error.hpp"
#include "airmos/select/translate.hpp"

namespace csd::airmos::ops {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(5);
constexpr size_t kMostAbsent = 16;  // names, each of which took a query
constexpr size_t kMostHeaderBytes = 1024 * 1024;

// The event stream of one request.
class Stream {
  public:
    Stream(Exchange& exchange, bool progress) : exchange_(exchange), progress_(progress) {}

    bool begun() const { return exchange_.head_sent(); }

    Task<Outcome<>> begin() {
        exchange_.headers().set("Content-Type", "application/vnd.amazon.eventstream");
        co_return co_await exchange_.send_head(200, std::nullopt);
    }

    Task<Outcome<>> send(std::string messages) {
        co_return co_await exchange_.write(as_bytes(messages));
    }

    // While the drive works.
    Task<Outcome<>> meanwhile() {
        if (exchange_.client_is_gone()) co_return Error("RequestTimeout");
        if (Clock::now() < next_sign_) co_return Nothing{};
        next_sign_ = Clock::now() + kPatience;
        if (!begun()) {
            const Outcome<> head = co_await begin();
            if (!head.ok()) co_return head.error();
        }
        co_return co_await send(select::continuation_message());
    }

    Task<Outcome<>> send_records(Bytes piece) {
        counters.returned += piece.size();
        std::string messages = select::records_message(piece);
        if (progress_ && Clock::now() >= next_sign_) {
            next_sign_ = Clock::now() + kPatience;
            messages += select::progress_message(counters);
        }
        co_return co_await send(std::move(messages));
    }

    // As the body of the answer if nothing was sent yet, as its last message else.
    Task<Outcome<>> fail(Error error) {
        if (!begun()) co_return error;
        co_return co_await send(select::error_message(error));
    }

    bool wants_progress() const { return progress_; }
    select::Counters counters;

  private:
    Exchange& exchange_;
    bool progress_;
    Clock::time_point next_sign_ = Clock::now() + kPatience;  // of life
};

Task<Outcome<>> send_records(Stream& stream, Answer& answer, const AnswerFormat& format) {
    std::vector<uint8_t> buffer(select::kMostRecordsBytes);
    Reformatter reformatter(format);
    const bool reformat = format.needs_reformatting();
    for (;;) {
        const Outcome<size_t> got = co_await answer.read(buffer);
        if (!got.ok()) co_return got.error();
        if (got.value() == 0) co_return Nothing{};
        Bytes piece(buffer.data(), got.value());
        Outcome<std::string> written = std::string();
        if (reformat) {
            written = reformatter.feed(piece);
            if (!written.ok()) co_return written.error();
            piece = as_bytes(written.value());
        }
        const Outcome<> sent = co_await stream.send_records(piece);
        if (!sent.ok()) co_return sent.error();
    }
}

Task<Outcome<>> send_answer(Stream& stream, Answer& answer, const AnswerFormat& format) {
    if (!stream.begun()) {
        const Outcome<> head = co_await stream.begin();
        if (!head.ok()) co_return head.error();
    }
    const Outcome<> records = co_await send_records(stream, answer, format);
    if (!records.ok()) co_return co_await stream.fail(records.error());
    std::string last;
    if (stream.wants_progress()) last += select::progress_message(stream.counters);
    last += select::stats_message(stream.counters);
    last += select::end_message();
    co_return co_await stream.send(std::move(last));
}

// The names of a CSV object's columns as its header spells them. None if they cannot be read: what is wrong with the
// object the query itself will say. Not of bzip2, which the drive would have to decompress twice.
Task<std::vector<std::string>> header_of(Reader& reader, SelectRequest asked,
                                         const Meanwhile& meanwhile) {
    std::vector<std::string> names;
    if (!asked.dialect.csv_header || asked.compression == "bzip2") co_return names;
    asked.header = "none";
    asked.format = {};
    asked.format.kind = AnswerFormat::Kind::kJson;
    if (asked.compression == "none" && asked.comment.empty()) asked.scan = ScanRange{0, 0};
    kv::SelectOptions options;
    options.output = nvme::DataFormat::kJson;
    options.json = options_json(asked, reader.info().size);
    auto answer = co_await reader.select("SELECT * FROM S3Object LIMIT 1", options, 0, meanwhile);
    if (!answer.ok() || !answer.value().ok()) co_return names;
    Answer& first_record = *answer.value().value();
    if (first_record.size() > kMostHeaderBytes) co_return names;
    std::string text;
    for (std::vector<uint8_t> buffer(first_record.size());;) {
        const Outcome<size_t> got = co_await first_record.read(buffer);
        if (!got.ok() || got.value() == 0) break;
        text += as_text(Bytes(buffer).first(got.value()));
    }
    const auto record = nlohmann::ordered_json::parse(text, nullptr, false);
    if (record.is_object())
        for (const auto& name : record)
            names.push_back(name.is_string() ? name.get<std::string>() : std::string());
    co_return names;
}

// Runs the expression in the drive.
Task<Outcome<std::unique_ptr<Answer>>> run(Reader& reader, const SelectRequest& asked,
                                           const select::Statement& statement,
                                           Outcome<select::Translation> translated,
                                           const Meanwhile& meanwhile) {
    select::Names names;
    if (translated.ok() && translated.value().by_name) {
        names.header = co_await header_of(reader, asked, meanwhile);
        translated = statement.print(asked.dialect, names);
    }
    const uint64_t object_bytes = reader.info().size;
    kv::SelectOptions options = asked.drive;
    options.json = options_json(asked, object_bytes);
    for (;;) {
        if (!translated.ok()) co_return translated.error();
        auto answer = co_await reader.select(std::move(translated).value().sql, options,
                                             scanned_bytes(asked, object_bytes), meanwhile);
        if (!answer.ok()) co_return answer.error();
        if (answer.value().ok()) co_return std::move(answer.value()).value();
        const Status failed = answer.value().status();
        std::string absent = asked.dialect.input == select::Dialect::Input::kJson
                                 ? select::missing_column(failed)
                                 : std::string();
        if (absent.empty() || names.absent.size() == kMostAbsent ||
            std::find(names.absent.begin(), names.absent.end(), absent) != names.absent.end())
            co_return statement.error_of(failed);
        names.absent.push_back(std::move(absent));
        translated = statement.print(asked.dialect, names);
    }
}

}  // namespace

Task<Outcome<>> select_object_content(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (auto fine = check_key(request); !fine.ok()) co_return fine.error();
    if (request.headers.has("range")) co_return Error("UnsupportedRangeHeader");
    auto body = co_await exchange.body().read_all(kMaxSelectRequestBytes);
    if (!body.ok()) co_return body.error();
    auto asked = parse_select_request(std::move(body).value());
    if (!asked.ok()) co_return asked.error();
    const auto statement = select::Statement::parse(asked.value().expression);
    if (!statement.ok()) co_return statement.error();
    // What is wrong with the expression is said before what is wrong with the object.
    auto translated = statement.value().print(asked.value().dialect);
    if (!translated.ok()) co_return translated.error();
    auto reader = co_await services.objects.read(request.bucket, request.key);
    if (!reader.ok()) co_return reader.error();

    Stream stream(exchange, asked.value().progress);
    const Meanwhile meanwhile = [&stream] { return stream.meanwhile(); };
    auto answer = co_await run(*reader.value(), asked.value(), statement.value(),
                               std::move(translated), meanwhile);
    if (!answer.ok()) co_return co_await stream.fail(answer.error());
    stream.counters.scanned = scanned_bytes(asked.value(), reader.value()->info().size);
    stream.counters.processed = stream.counters.scanned;
    const Outcome<> sent = co_await send_answer(stream, *answer.value(), asked.value().format);
    services.metrics.select(stream.counters.scanned, stream.counters.returned);
    co_return sent;
}

}  // namespace csd::airmos::ops
