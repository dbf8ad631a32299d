// SPDX-License-Identifier: BSD-3-Clause
//
// Select: send, describe, fetch by offset, free; and why it failed.
//
// select() sends a synchronous query, as that is two commands for a small answer, unless the transport could
// not cancel it; then it sends an asynchronous one and looks at it. Results are fetched with `keep unless the last byte
// was fetched`, so that a lost completion loses nothing. A select whose result a reset took away is sent again once, unless the caller
// already has a part of it. Tested by select_test.cc and reset_test.cc.
#include <algorithm>
#include <cstring>

#include "kv/core.hpp"
#include "kv/status.hpp"
#include "nvme/query_reason.hpp"

namespace csd::kv {
namespace {

constexpr size_t kReasonBytes = 4096;
constexpr size_t kMostOptionBytes = 4096;
constexpr uint32_t kFirstFetchBytes = 64 * kKiB;

// A full table of results or workers empties within a query's time; this is about as long as it is worth waiting.
constexpr uint32_t kBusyPatienceMs = 10'000;
constexpr uint32_t kFirstPauseMs = 2;
constexpr uint32_t kLongestPauseMs = 100;
// A reset takes a while, in which the system refuses commands.
constexpr uint32_t kResetPauseMs = 500;

uint32_t longer(uint32_t pause_ms) {
    return std::min(2 * pause_ms, kLongestPauseMs);
}

Status judge(const Core& core, std::string_view sql, const SelectOptions& options) {
    if (!core.is_2023() && (!core.extensions() || !core.extensions()->select)) {
        return {Code::kUnsupported, "this drive cannot select"};
    }
    if (core.is_2023() && !options.json.empty()) {
        return {Code::kUnsupported, "the 2023 dialect has no options of a select"};
    }
    if (options.json.size() > kMostOptionBytes) {
        return {Code::kUsage,
                "the options are longer than " + std::to_string(kMostOptionBytes) + " bytes"};
    }
    const uint64_t most = core.extensions() ? core.extensions()->max_sql_bytes : core.piece_bytes();
    if (sql.empty())
        return nvme::query_failure(nvme::ReasonCode::kSqlEmpty,
                                   "the SQL is empty; write one SELECT");
    if (sql.size() > most || sql.size() + options.json.size() > core.piece_bytes()) {
        return nvme::query_failure(
            Code::kQueryRefused,
            nvme::make_reason(nvme::ReasonCode::kSqlBytes,
                              "the SQL is longer than the {1} bytes this drive takes",
                              {.details = {std::to_string(most)}}));
    }
    return {};
}

struct Question {
    nvme::SelectSend command;
    std::vector<uint8_t> data;
};

Question question(const Key& key, std::string_view sql, const SelectOptions& options,
                  bool asynchronous) {
    Question made;
    made.data.assign(options.json.begin(), options.json.end());
    made.data.insert(made.data.end(), sql.begin(), sql.end());
    made.command.key = key;
    made.command.bytes = static_cast<uint32_t>(made.data.size());
    made.command.option_bytes = static_cast<uint32_t>(options.json.size());
    made.command.input_header = options.input_header;
    made.command.output_header = options.output_header;
    made.command.asynchronous = asynchronous;
    made.command.input = options.input;
    made.command.output = options.output;
    return made;
}

// The 2023 dialect says 88h to a missing key and to everything else about a query.
Status failure_2023(Core& core, const Key& key, const Status& why) {
    if (why.code() != Code::kIo) return why;
    if (core.run(nvme::Exist{key}, Bytes()).code() == Code::kNotFound) {
        return {Code::kNotFound, "the key does not exist"};
    }
    return nvme::query_failure(
        Code::kQueryFailed,
        nvme::make_reason(nvme::ReasonCode::kUnknown,
                          "the query failed; the 2023 dialect does not say why"));
}

bool has_reason(Code code) {
    return code == Code::kQueryRefused || code == Code::kQueryData || code == Code::kQueryFailed ||
           code == Code::kQueryLimit || code == Code::kQueryEngine;
}

// The failure with its reason: as data, where the drive describes it; else of a code that is not known.
Status with_reason(Code code, const nvme::ResultDescription& described, std::string sentence) {
    return nvme::query_failure(code, nvme::described_reason(described, std::move(sentence)));
}

// What is asked of the drive to explain a failure.
struct Explaining {
    uint32_t id = 0;
    Status why;  // what the completion says
    std::function<void(Status)> done;
    nvme::ResultDescription described{.state = nvme::ResultState::kFailed};
    std::array<uint8_t, nvme::kDescribeBytes> page{};
    std::array<uint8_t, kReasonBytes> text{};
};

// The drive's own words, fetched under the id and thereby freed.
void fetch_reason(Core& core, const std::shared_ptr<Explaining>& asked) {
    nvme::SelectRetrieve fetch;
    fetch.id = asked->id;
    fetch.bytes = kReasonBytes;
    core.send(fetch, MutableBytes(asked->text), [asked](const nvme::Cqe& answer) {
        const size_t bytes = std::min<size_t>(answer.dw0, asked->text.size());
        if (answer.status != nvme::kSuccess || bytes == 0) return asked->done(asked->why);
        asked->done(with_reason(asked->why.code(), asked->described,
                                std::string(as_text(Bytes(asked->text).first(bytes)))));
    });
}

// The id of the reason is in DW0. Where that was lost, id 0 is the last failure; a status that fails more than selects
// may not have one.
void with_reason(Core& core, const nvme::Cqe& cqe, std::function<void(Status)> done) {
    const Status why = core.failure(cqe);
    if (core.is_2023() || (cqe.dw0 == 0 && !has_reason(why.code()))) return done(why);
    auto asked = std::make_shared<Explaining>();
    asked->id = cqe.dw0;
    asked->why = why;
    asked->done = std::move(done);
    if (!core.extensions() || !core.extensions()->reasons) return fetch_reason(core, asked);
    nvme::SelectRetrieve describe;
    describe.id = asked->id;
    describe.bytes = nvme::kDescribeBytes;
    describe.describe = true;
    core.send(describe, MutableBytes(asked->page), [&core, asked](const nvme::Cqe& answer) {
        if (answer.status == nvme::kSuccess)
            asked->described = nvme::read_result_description(asked->page);
        fetch_reason(core, asked);
    });
}

Status with_reason(Core& core, const nvme::Cqe& cqe) {
    std::optional<Status> reason;
    with_reason(core, cqe, [&reason](Status status) { reason = std::move(status); });
    core.wait_until([&reason] { return reason.has_value(); });
    return *reason;
}

// 87h to Select Retrieve says of an id what it says of a key elsewhere.
Status failed_retrieve(Core& core, const nvme::Cqe& cqe) {
    if (to_code(cqe.status) != Code::kNotFound) return core.failure(cqe);
    return core.lost(
        cqe,
        "the drive no longer has the result of the select: the drive was reset, or the "
        "result was freed or left unread for too long");
}

// Also after an interruption, and whatever the drive answers: an id that is gone is what we want.
void release(Core& core, uint32_t id) {
    std::array<uint8_t, sizeof(uint32_t)> nothing;
    nvme::SelectRetrieve last;
    last.id = id;
    last.bytes = nothing.size();
    bool done = false;
    core.send(last, MutableBytes(nothing), [&done](const nvme::Cqe&) { done = true; });
    core.wait_until([&done] { return done; });
}

Result<uint32_t> send(Core& core, const Key& key, std::string_view sql,
                      const SelectOptions& options, bool asynchronous, uint32_t patience_ms) {
    if (const Status fit = judge(core, sql, options); !fit.ok()) return fit;
    const Question asked = question(key, sql, options, asynchronous);
    for (uint32_t waited_ms = 0, pause_ms = kFirstPauseMs;; pause_ms = longer(pause_ms)) {
        const MutableBytes data(const_cast<uint8_t*>(asked.data.data()), asked.data.size());
        const auto answer = core.exchange(asked.command, data);
        if (!answer.ok()) return answer.status();
        if (answer.value().status == nvme::kSuccess) return answer.value().dw0;
        const Status why = with_reason(core, answer.value());
        if (core.is_2023()) return failure_2023(core, key, why);
        if (why.code() != Code::kQueryBusy || waited_ms >= patience_ms) return why;
        if (const Status paused = core.pause(pause_ms); !paused.ok()) return paused;
        waited_ms += pause_ms;
    }
}

Result<nvme::ResultDescription> describe(Core& core, uint32_t id) {
    std::array<uint8_t, nvme::kDescribeBytes> page{};
    nvme::SelectRetrieve command;
    command.id = id;
    command.bytes = page.size();
    command.describe = true;
    const auto answer = core.exchange(command, MutableBytes(page));
    if (!answer.ok()) return answer.status();
    if (answer.value().status != nvme::kSuccess) return failed_retrieve(core, answer.value());
    return nvme::read_result_description(page);
}

// A completion tells no size of 4 GiB - 1 or more.
constexpr uint64_t kLeastUntoldSize = UINT32_MAX;

// After a description that says `failed` the drive gives the reason as data, so the status must be asked of it
// by fetching first; therefore the end of a query is awaited by fetching, not by describing. Only a fetch that may
// end a result of untold size describes it first, because the last byte frees the result. A query whose fetch reaches
// so far has long been done.
Result<Retrieved> fetch(Core& core, uint32_t id, MutableBytes buffer, uint64_t offset) {
    std::optional<uint64_t> untold;
    if (core.can_describe() && offset + buffer.size() >= kLeastUntoldSize) {
        const auto whole = describe(core, id);
        if (!whole.ok()) return whole.status();
        untold = whole.value().size;
    }
    nvme::SelectRetrieve command;
    command.id = id;
    command.bytes = static_cast<uint32_t>(buffer.size());
    command.keep_unless_all = true;
    command.offset = offset;
    const auto answer = core.exchange(command, buffer);
    if (!answer.ok()) return answer.status();
    if (answer.value().status != nvme::kSuccess) {
        const Code code = to_code(answer.value().status);
        const bool has_no_reason = code == Code::kQueryRunning || code == Code::kNotFound;
        return has_no_reason ? failed_retrieve(core, answer.value())
                             : with_reason(core, answer.value());
    }
    auto size = core.size_of(answer.value());
    if (!size) size = untold;
    if (!size) {
        const auto whole = describe(core, id);
        if (!whole.ok()) return whole.status();
        size = whole.value().size;
    }
    const uint64_t rest = offset < *size ? *size - offset : 0;
    return Retrieved{std::min<uint64_t>(rest, buffer.size()), *size};
}

// Waits as long as the query runs.
Result<Retrieved> fetch_when_done(Core& core, uint32_t id, MutableBytes buffer) {
    for (uint32_t pause_ms = kFirstPauseMs;; pause_ms = longer(pause_ms)) {
        const auto got = fetch(core, id, buffer, 0);
        if (got.code() != Code::kQueryRunning) return got;
        if (const Status paused = core.pause(pause_ms); !paused.ok()) return paused;
    }
}

// `delivered` is how much of the result the sink has got, also after a failure.
Result<uint64_t> fetch_all(Core& core, uint32_t id, const Sink& sink, uint64_t& delivered) {
    auto first = core.buffer(std::min(kFirstFetchBytes, core.piece_bytes()));
    if (!first.ok()) return first.status();
    Buffer buffer = std::move(first).value();
    auto got = fetch_when_done(core, id, buffer.bytes());
    for (uint64_t& offset = delivered;;) {
        if (!got.ok()) return got.status();
        const Bytes bytes = buffer.first(got.value().bytes);
        if (const Status written = sink.write(bytes); !written.ok()) return written;
        offset += bytes.size();
        if (offset >= got.value().size) return offset;
        if (bytes.empty())
            return Status(Code::kIo, "the drive returned less than the result's size");
        if (buffer.size() < core.piece_bytes()) {
            auto larger = core.buffer(core.piece_bytes());
            if (!larger.ok()) return larger.status();
            buffer = std::move(larger).value();
        }
        got = fetch(core, id, buffer.bytes(), offset);
    }
}

Result<uint64_t> select_once(Core& core, const Key& key, std::string_view sql,
                             const SelectOptions& options, const Sink& sink, uint64_t& delivered) {
    const bool can_wait_outside = core.extensions() && core.extensions()->asynchronous;
    const bool asynchronous = core.cancels_slowly() && can_wait_outside && !core.is_2023();
    const auto id = send(core, key, sql, options, asynchronous, kBusyPatienceMs);
    if (!id.ok()) return id.status();
    const auto bytes = fetch_all(core, id.value(), sink, delivered);
    if (!bytes.ok() && bytes.code() != Code::kReset) release(core, id.value());
    return bytes;
}

}  // namespace

Result<uint64_t> Client::select(const Key& key, std::string_view sql, const SelectOptions& options,
                                const Sink& sink) {
    core_->forget_status();
    uint64_t delivered = 0;
    const auto first = select_once(*core_, key, sql, options, sink, delivered);
    if (first.ok() || delivered > 0 || !core_->may_be_reset(first.status())) return first;
    // A select only reads.
    if (const Status paused = core_->pause(kResetPauseMs); !paused.ok()) return paused;
    core_->forget_status();
    return select_once(*core_, key, sql, options, sink, delivered);
}

Result<uint32_t> Client::select_send(const Key& key, std::string_view sql,
                                     const SelectOptions& options) {
    core_->forget_status();
    if (core_->is_2023() || !core_->extensions() || !core_->extensions()->asynchronous) {
        return Status(Code::kUnsupported, "this drive has no asynchronous select");
    }
    return send(*core_, key, sql, options, true, 0);
}

Result<nvme::ResultDescription> Client::select_describe(uint32_t id) {
    core_->forget_status();
    if (core_->is_2023())
        return Status(Code::kUnsupported, "the 2023 dialect has no description of a result");
    return csd::kv::describe(*core_, id);
}

Result<Retrieved> Client::select_fetch(uint32_t id, MutableBytes buffer, uint64_t offset) {
    core_->forget_status();
    return fetch(*core_, id, buffer, offset);
}

Status Client::select_free(uint32_t id) {
    core_->forget_status();
    release(*core_, id);
    return {};
}

void Client::async_select_send(const Key& key, std::string_view sql, const SelectOptions& options,
                               Done<uint32_t> done) {
    if (const Status fit = judge(*core_, sql, options); !fit.ok()) return done(fit);
    auto asked = std::make_shared<Question>(question(key, sql, options, false));
    core_->send(asked->command, Bytes(asked->data),
                [this, asked, done = std::move(done)](const nvme::Cqe& cqe) {
                    if (cqe.status == nvme::kSuccess) return done(cqe.dw0);
                    with_reason(*core_, cqe, [done](Status why) { done(std::move(why)); });
                });
}

}  // namespace csd::kv
