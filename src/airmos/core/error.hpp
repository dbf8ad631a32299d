// SPDX-License-Identifier: BSD-3-Clause
//
// What goes wrong, as S3 says it: one row a code, and an Error that an operation returns.
//
//     Outcome<ObjectInfo> found = co_await objects.head(bucket, name);
//     if (!found.ok()) co_return found.error();
//
// An Error names its row and may add a sentence of its own and elements for the XML body. Every operation, the store
// of objects and the server speak this one type; csd::Status ends where the drives do (error_of). Rows are from the
// S3 API reference, "Error responses".
// Threads: values. Tested by error_test.cc.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "csd/status.hpp"

namespace csd::airmos {

struct ErrorRow {
    std::string_view code;  // such as "NoSuchKey"
    int http_status;
    std::string_view message;  // when the Error has none of its own
};

// Rows are in error.cc, one line each, in the order of their names. The row of a code must exist: errors::find asserts.
namespace errors {
const ErrorRow& find(std::string_view code);
}

class [[nodiscard]] Error {
  public:
    explicit Error(std::string_view code, std::string message = {})
        : row_(&errors::find(code)), message_(std::move(message)) {}

    // One more element of the XML body, such as {"BucketName", "photos"}.
    Error&& with(std::string element, std::string text) && {
        elements_.emplace_back(std::move(element), std::move(text));
        return std::move(*this);
    }

    // Why, for the people who run the node; the client is not told.
    Error&& because(std::string cause) && {
        cause_ = std::move(cause);
        return std::move(*this);
    }

    std::string_view code() const { return row_->code; }
    int http_status() const { return row_->http_status; }
    std::string_view message() const {
        return message_.empty() ? row_->message : std::string_view(message_);
    }
    const std::vector<std::pair<std::string, std::string>>& elements() const { return elements_; }
    const std::string& cause() const { return cause_; }

  private:
    const ErrorRow* row_;
    std::string message_, cause_;
    std::vector<std::pair<std::string, std::string>> elements_;
};

struct Nothing {};  // what an Outcome carries that has only to succeed

template <typename T = Nothing>
class [[nodiscard]] Outcome {
  public:
    Outcome(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
    Outcome(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

    bool ok() const { return state_.index() == 0; }
    const Error& error() const { return std::get<1>(state_); }
    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }

  private:
    std::variant<T, Error> state_;
};

// A drive's failure as the client of the node sees it: a full drive is InsufficientStorage, one that cannot be reached is
// ServiceUnavailable. What a failed select is called the layer `select` knows. `status` is a failure.
Error error_of(const Status& status);

}  // namespace csd::airmos
