// SPDX-License-Identifier: BSD-3-Clause
//
// Status and Result: how every layer inside csd reports failure.
//
//     Result<uint64_t> size = store.append(key, data);
//     if (!size.ok()) return size.status();
//     use(size.value());
//
// A Status is a code, which programs switch on, and a sentence, which people read. Each edge of the
// system (NVMe completion, exit code, S3 error) has one table that translates the code; none folds
// two codes into one on the way. A failed select also carries its reason as data, which programs switch
// on where the code is too coarse; no program reads the sentence. std::expected is absent from C++20 on the compilers we support.
//
// Threads: values; share them as you would an int. Tested by src/base/status_test.cc.
#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace csd {

namespace nvme {
struct QueryReason;  // csd/query_reason.hpp
}

enum class Code : uint8_t {
    kOk,
    kNotFound,          // the key, or the result id, does not exist
    kExists,            // the key exists and must not
    kInvalidField,      // a field of the command is reserved, out of range or contradictory
    kInvalidKeySize,    // the key length is not allowed here
    kInvalidValueSize,  // the value is larger than the drive can hold
    kInvalidOpcode,     // the drive does not know the command
    kInvalidFormat,     // 2023 dialect only: a data format that does not exist
    kOffsetMismatch,    // a guarded append or a staged piece names another size than the value has
    kNoSpace,           // the namespace or the host file system is full
    kIo,                // the host file system failed
    kNotReady,          // the namespace cannot serve this now
    kFormatInProgress,  // a format is running; try again
    kAborted,           // cancelled by the host
    kQueryRefused,      // the SQL is not one permitted SELECT
    kQueryData,         // the value could not be read as the format given
    kQueryFailed,       // the query failed while running
    kQueryLimit,        // time, memory or result size ran out
    kQueryEngine,       // the query engine failed or died; the drive is well
    kQueryBusy,         // no worker or no room for a result now; try again
    kQueryRunning,      // an asynchronous query has not finished
    kReset,        // the drive was reset: what it held for this host, such as a result, is gone
    kUsage,        // the caller of a library asked for something that makes no sense
    kUnsupported,  // this drive or transport cannot do that
    kTransport,    // the drive cannot be reached
    kInternal,     // a defect of ours
};

class [[nodiscard]] Status {
  public:
    Status() = default;  // success
    Status(Code code, std::string message) : code_(code), message_(std::move(message)) {
        assert(code != Code::kOk && "success carries no message");
    }
    // Of a failed select. Shared by the copies of this Status.
    Status(Code code, std::string message, std::shared_ptr<const nvme::QueryReason> reason)
        : code_(code), message_(std::move(message)), reason_(std::move(reason)) {
        assert(code != Code::kOk && "success carries no reason");
    }

    bool ok() const { return code_ == Code::kOk; }
    Code code() const { return code_; }
    const std::string& message() const { return message_; }
    // Why a select failed, as data; null of every other failure. Lives as long as this Status or a copy of it.
    const nvme::QueryReason* reason() const { return reason_.get(); }
    const std::shared_ptr<const nvme::QueryReason>& shared_reason() const { return reason_; }

  private:
    Code code_ = Code::kOk;
    std::string message_;
    std::shared_ptr<const nvme::QueryReason> reason_;
};

// A value or the Status that explains its absence.
template <typename T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}        // NOLINT
    Result(Status status) : state_(std::in_place_index<1>, std::move(status)) {  // NOLINT
        assert(!std::get<1>(state_).ok() && "a Result made of a Status must be a failure");
    }
    Result(Code code, std::string message) : Result(Status(code, std::move(message))) {}

    bool ok() const { return state_.index() == 0; }
    Status status() const { return ok() ? Status() : std::get<1>(state_); }
    Code code() const { return ok() ? Code::kOk : std::get<1>(state_).code(); }

    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }

  private:
    std::variant<T, Status> state_;
};

// The name of a code as logs and JSON output show it, such as "not found".
const char* code_name(Code code);

}  // namespace csd
