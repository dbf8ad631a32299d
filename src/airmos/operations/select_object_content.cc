// SPDX-License-Identifier: BSD-3-Clause
//
// SelectObjectContent: the query runs in the drive that holds the object, and the answer is all that leaves it.
//
// What fails before the query has an answer is an ordinary error. A query that takes longer than kPatience gets the head
// of its answer first and then a message every kPatience, so that the client does not give up; what fails later is an
// error message in the stream. A query whose client is gone is cancelled in the drive.
#include <chrono>

#include "airmos/metrics.hpp"
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/operations/select_request.hpp"
#include "airmos/select/event_stream.hpp"

namespace csd::airmos::ops {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(5);

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
        std::string messages = select::continuation_message();
        if (progress_) messages += select::progress_message(counters);
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
        stream.counters.returned += piece.size();
        const Outcome<> sent = co_await stream.send(select::records_message(piece));
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

}  // namespace

Task<Outcome<>> select_object_content(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (auto fine = check_key(request); !fine.ok()) co_return fine.error();
    if (auto fine = refuse_unsupported(request, services.owner_id); !fine.ok())
        co_return fine.error();
    if (request.headers.has("range")) co_return Error("UnsupportedRangeHeader");
    auto body = co_await exchange.body().read_all(kMaxSelectRequestBytes);
    if (!body.ok()) co_return body.error();
    auto asked = parse_select_request(std::move(body).value());
    if (!asked.ok()) co_return asked.error();
    auto sql = select::translate(asked.value().expression, asked.value().dialect);
    if (!sql.ok()) co_return sql.error();
    auto reader = co_await services.objects.read(request.bucket, request.key);
    if (!reader.ok()) co_return reader.error();

    const uint64_t object_bytes = reader.value()->info().size;
    kv::SelectOptions options = asked.value().drive;
    options.json = options_json(asked.value(), object_bytes);
    Stream stream(exchange, asked.value().progress);
    Meanwhile meanwhile = [&stream] { return stream.meanwhile(); };
    auto answer = co_await reader.value()->select(std::move(sql).value(), std::move(options),
                                                  std::move(meanwhile));
    if (!answer.ok()) co_return co_await stream.fail(answer.error());
    stream.counters.scanned = scanned_bytes(asked.value(), object_bytes);
    stream.counters.processed = stream.counters.scanned;
    const Outcome<> sent = co_await send_answer(stream, *answer.value(), asked.value().format);
    services.metrics.select(stream.counters.scanned, stream.counters.returned);
    co_return sent;
}

}  // namespace csd::airmos::ops
