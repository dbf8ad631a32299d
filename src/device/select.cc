// SPDX-License-Identifier: BSD-3-Clause
//
// Selects: send, run, hold, fetch, forget.
//
// A select takes its place in the result table before it runs, so that an answer never lacks one. A
// synchronous select waits here for its worker; an asynchronous one is finished by the query
// engine's reaper. A failed select leaves its reason in the same place. Tested by select_test.cc.
#include <fcntl.h>

#include "device/device.hpp"
#include "device/limits.hpp"

namespace csd::device {

using nvme::Dialect;
using nvme::ResultState;

Completion Device::run(const nvme::SelectSend& command, const Call& call) {
    statistics_.selects.fetch_add(1, std::memory_order_relaxed);
    const std::vector<uint8_t> data = copy_in(call.memory, command.bytes);
    std::string_view text = as_text(data);

    query::Request request;
    request.options = text.substr(0, command.option_bytes);
    text.remove_prefix(std::min<size_t>(command.option_bytes, text.size()));
    if (text.ends_with('\0')) text.remove_suffix(1);
    request.sql = text;
    request.input = command.input;
    request.output = command.output;
    request.input_header = command.input_header;
    request.output_header = command.output_header;

    auto value = store_->open_value(command.key);
    if (!value.ok()) {
        // The 2023 device answered 88h to a select on a missing key.
        const bool old = rules_.dialect == Dialect::k2023 && value.code() == Code::kNotFound;
        return answer(old ? Code::kIo : value.code());
    }
    request.value = UniqueFd(fcntl(value.value()->fd(), F_DUPFD_CLOEXEC, 0));
    if (!request.value) return answer(Code::kIo);
    request.value_bytes = value.value()->size();
    request.hold = value.value();
    statistics_.select_scanned_bytes.fetch_add(request.value_bytes, std::memory_order_relaxed);

    const auto place = results_.reserve(call.controller, request.value_bytes);
    if (!place.ok()) return answer(place.code());
    return command.asynchronous ? select_later(place.value(), std::move(request))
                                : select_now(place.value(), std::move(request), call);
}

Completion Device::select_now(uint32_t id, query::Request request, const Call& call) {
    // With its ticket in the table a reset of the controller stops the query, as it does an asynchronous one.
    const auto started = [this, id](uint64_t ticket) {
        if (!results_.set_ticket(id, ticket)) query_->stop(ticket);
    };
    query::Outcome outcome = query_->run(std::move(request), call.cancel, started);
    if (!outcome.status.ok()) return failed_select(id, outcome.status);
    const uint64_t bytes = outcome.result_bytes;
    const Status kept = results_.finish(id, std::move(outcome.result), bytes);
    if (!kept.ok()) return failed_select(id, kept);
    statistics_.select_returned_bytes.fetch_add(bytes, std::memory_order_relaxed);
    return completed_size(id, rules_.dialect);
}

// DW0 of the failure names its reason, where there is one to tell.
Completion Device::failed_select(uint32_t id, const Status& why) {
    statistics_.selects_failed.fetch_add(1, std::memory_order_relaxed);
    Completion done = answer(why.code());
    const bool transient = why.code() == Code::kAborted || why.code() == Code::kQueryBusy;
    if (transient || rules_.dialect == Dialect::k2023) {
        results_.release(id);
        return done;
    }
    results_.fail(id, why, true);
    done.dw0 = id;
    return done;
}

Completion Device::select_later(uint32_t id, query::Request request) {
    auto started = query_->start(std::move(request), [this, id](query::Outcome outcome) {
        finish_later(id, std::move(outcome));
    });
    if (!started.ok()) return failed_select(id, started.status());
    // A reset may have freed the place between its reservation and now.
    if (!results_.set_ticket(id, started.value())) query_->stop(started.value());
    return completed_size(id, rules_.dialect);
}

void Device::finish_later(uint32_t id, query::Outcome outcome) {
    Status status = outcome.status;
    const uint64_t bytes = outcome.result_bytes;
    if (status.ok()) status = results_.finish(id, std::move(outcome.result), bytes);
    if (status.ok()) {
        statistics_.select_returned_bytes.fetch_add(bytes, std::memory_order_relaxed);
    } else {
        statistics_.selects_failed.fetch_add(1, std::memory_order_relaxed);
        results_.fail(id, status, false);
    }
}

bool Device::end_running(uint32_t controller, uint32_t id) {
    const std::optional<uint64_t> ticket = results_.drop_running(controller, id);
    if (!ticket) return false;
    if (*ticket != 0) query_->stop(*ticket);
    return true;
}

Completion Device::run(const nvme::SelectRetrieve& command, const Call& call) {
    if (command.id == 0) {
        const auto last =
            rules_.dialect == Dialect::kKeyValue ? results_.last_reason(call.controller) : nullptr;
        if (!last) return answer(Code::kNotFound);
        if (!command.describe) return fetch_text(last->reason.sentence, command, call);
        ResultTable::View failure;
        failure.state = ResultState::kFailed;
        failure.held = last;
        return describe_result(failure, command, call);
    }
    const auto view = results_.look(call.controller, command.id);
    if (!view) return answer(Code::kNotFound);
    if (command.describe) {
        // From the description on, the host knows of a failure and fetches its reason.
        if (view->state == ResultState::kFailed) results_.mark_reported(command.id);
        return describe_result(*view, command, call);
    }
    const bool keep = command.keep || command.keep_unless_all;
    switch (view->state) {
        case ResultState::kRunning:
            if (keep) return answer(Code::kQueryRunning);
            // If the query has ended since the look, there is a result to fetch, or a reason.
            if (!end_running(call.controller, command.id)) return run(command, call);
            return answer(Code::kOk);
        case ResultState::kFailed:
            // Of two fetches at once only one gets the status; the other finds the reason.
            if (results_.mark_reported(command.id)) {
                Completion done = answer(view->failure);
                done.dw0 = command.id;
                return done;
            }
            [[fallthrough]];
        case ResultState::kDone: return fetch(command, *view, call);
    }
    return answer(Code::kInternal);
}

Completion Device::describe_result(const ResultTable::View& view,
                                   const nvme::SelectRetrieve& command, const Call& call) {
    nvme::ResultDescription result;
    result.size = view.held ? view.held->size : 0;
    result.state = view.state;
    result.values = 1;
    if (view.state == ResultState::kDone) {
        result.values_done = 1;
        result.bytes_read = view.value_bytes;
    }
    if (view.state == ResultState::kFailed) nvme::describe_reason(view.held->reason, result);
    std::array<uint8_t, nvme::kDescribeBytes> page{};
    nvme::write_result_description(result, page);
    return completed_data(result.size, copy_out(page, first_bytes(call.memory, command.bytes)),
                          rules_.dialect);
}

Completion Device::fetch(const nvme::SelectRetrieve& command, const ResultTable::View& view,
                         const Call& call) {
    const ResultTable::Held& held = *view.held;
    Completion done;
    if (held.file) {
        const auto buffers = first_bytes(call.memory, command.bytes);
        const auto bytes = read_file(held.file.get(), command.offset, held.size, buffers);
        if (!bytes.ok()) return answer(bytes.code());
        done = completed_data(held.size, bytes.value(), rules_.dialect);
    } else {
        done = fetch_text(held.reason.sentence, command, call);
    }
    const bool all = command.offset + done.data_bytes >= held.size;
    const bool frees = !command.keep && !(command.keep_unless_all && !all);
    // Of two fetches at once that free the result, the second has found none.
    if (frees && !results_.drop(call.controller, command.id)) return answer(Code::kNotFound);
    return done;
}

Completion Device::fetch_text(const std::string& text, const nvme::SelectRetrieve& command,
                              const Call& call) {
    const size_t from = std::min<uint64_t>(command.offset, text.size());
    const Bytes rest = as_bytes(text).subspan(from);
    const auto buffers = first_bytes(call.memory, command.bytes);
    return completed_data(text.size(), copy_out(rest, buffers), rules_.dialect);
}

}  // namespace csd::device
