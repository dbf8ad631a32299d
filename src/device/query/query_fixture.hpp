// SPDX-License-Identifier: BSD-3-Clause
//
// What the tests of queries share: an engine with the worker that was built, values as memory files, one call to select.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "device/query/query.hpp"

namespace csd::query {

using nvme::DataFormat;

struct Answered {
    Code code = Code::kOk;
    std::string text;  // the result, or why there is none
};

inline UniqueFd value_of(std::string_view bytes) {
    // Reopened, so that it is read-only as the store's descriptors are.
    UniqueFd file(memfd_create("value", MFD_CLOEXEC));
    EXPECT_EQ(write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    return UniqueFd(
        open(("/proc/self/fd/" + std::to_string(file.get())).c_str(), O_RDONLY | O_CLOEXEC));
}

inline std::string bytes_of(const Outcome& outcome) {
    std::string bytes(outcome.result_bytes, '\0');
    EXPECT_EQ(pread(outcome.result.get(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
    return bytes;
}

struct Question {
    std::string_view value;
    std::string sql;
    std::string options;
    DataFormat input = DataFormat::kCsv;
    DataFormat output = DataFormat::kCsv;
    bool input_header = true;
    bool output_header = true;
};

inline Request request_of(const Question& question) {
    Request request;
    request.sql = question.sql;
    request.options = question.options;
    request.input = question.input;
    request.output = question.output;
    request.input_header = question.input_header;
    request.output_header = question.output_header;
    request.value = value_of(question.value);
    request.value_bytes = question.value.size();
    return request;
}

inline std::unique_ptr<QueryEngine> open_engine(Options options = {}) {
    if (options.worker_path.empty()) options.worker_path = CSD_WORKER_PATH;
    auto engine = QueryEngine::open(options);
    EXPECT_TRUE(engine.ok()) << engine.status().message();
    return std::move(engine).value();
}

inline Answered ask(QueryEngine& engine, const Question& question) {
    Outcome outcome = engine.run(request_of(question), {});
    if (!outcome.status.ok()) return {outcome.status.code(), outcome.status.message()};
    return {Code::kOk, bytes_of(outcome)};
}

}  // namespace csd::query
