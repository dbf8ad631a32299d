// SPDX-License-Identifier: BSD-3-Clause
//
// Translated: expressions of S3 Select over values of a real drive in this process, which the tests of a suite share.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "airmos/select/query_error.hpp"
#include "airmos/select/translate.hpp"
#include "csd/kv.hpp"

namespace csd::airmos::select {

// Parsed and printed once.
inline Outcome<Translation> translate(std::string_view expression, const Dialect& dialect,
                                      const Names& names = {}) {
    const auto statement = Statement::parse(expression);
    if (!statement.ok()) return statement.error();
    return statement.value().print(dialect, names);
}

class Translated : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "csd-translated-XXXXXX").string();
        ASSERT_NE(nullptr, mkdtemp(pattern.data()));
        root_ = pattern;
        auto opened = kv::Client::open("emulator:" + root_.string());
        ASSERT_TRUE(opened.ok()) << opened.status().message();
        drive_ = std::move(opened).value();
    }
    static void TearDownTestSuite() {
        drive_.reset();
        std::filesystem::remove_all(root_);
    }

    static void store(std::string_view key, std::string_view value) {
        const Status stored = drive_->store(*Key::from_text(key), csd::as_bytes(value));
        ASSERT_TRUE(stored.ok()) << stored.message();
    }

    // The answer, or "CODE: sentence".
    static std::string run(std::string_view key, std::string_view expression,
                           const Dialect& dialect) {
        kv::SelectOptions options;
        options.output = dialect.csv_output       ? nvme::DataFormat::kCsv
                         : dialect.parquet_output ? nvme::DataFormat::kParquet
                                                  : nvme::DataFormat::kJson;
        switch (dialect.input) {
            case Dialect::Input::kCsv:
                options.json = dialect.csv_header
                                   ? R"({"columns": "text", "header": "use", "delimiter": ","})"
                                   : R"({"columns": "text", "header": "none", "delimiter": ","})";
                break;
            case Dialect::Input::kJson:
                options.input = nvme::DataFormat::kJson;
                options.json = R"({"columns": "text"})";
                break;
            case Dialect::Input::kParquet: options.input = nvme::DataFormat::kParquet; break;
        }
        auto sql = translate(expression, dialect);
        if (!sql.ok())
            return std::string(sql.error().code()) + ": " + std::string(sql.error().message());
        std::string rows;
        auto bytes =
            drive_->select(*Key::from_text(key), sql.value().sql, options, kv::Sink::to(rows));
        if (bytes.ok()) return rows;
        return std::string(query_error(bytes.status()).code()) + ": " + bytes.status().message() +
               "\n  of " + sql.value().sql;
    }

    static inline std::filesystem::path root_;
    static inline std::unique_ptr<kv::Client> drive_;
};

}  // namespace csd::airmos::select
