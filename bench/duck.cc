// SPDX-License-Identifier: BSD-3-Clause
//
// duck.hpp, done.
#include "duck.hpp"

#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/unique_fd.hpp"
#include "measure.hpp"

namespace csd::bench {

Duck::Duck(int threads) {
    if (duckdb_open(nullptr, &database_) != DuckDBSuccess ||
        duckdb_connect(database_, &connection_) != DuckDBSuccess) {
        throw Failure("libduckdb does not open");
    }
    execute(fmt::format("SET threads = {}", threads));
}

Duck::~Duck() {
    duckdb_disconnect(&connection_);
    duckdb_close(&database_);
}

void Duck::execute(const std::string& sql) {
    duckdb_result result{};  // a failed query may leave it unwritten
    const duckdb_state state = duckdb_query(connection_, sql.c_str(), &result);
    const char* text = state == DuckDBSuccess ? nullptr : duckdb_result_error(&result);
    const std::string why = text != nullptr ? text : "no reason given";
    duckdb_destroy_result(&result);
    if (state != DuckDBSuccess) throw Failure("libduckdb: " + why);
}

std::string Duck::select(const std::string& sql) {
    const UniqueFd file(memfd_create("csd-bench", MFD_CLOEXEC));
    if (!file) fail_errno("memfd_create");
    // A temporary file beside /proc/self/fd/N cannot be made.
    execute(fmt::format(
        "COPY ({}) TO '/proc/self/fd/{}' (FORMAT csv, HEADER false, USE_TMP_FILE false)", sql,
        file.get()));
    struct stat info;
    if (fstat(file.get(), &info) != 0) fail_errno("fstat");
    std::string answer(static_cast<size_t>(info.st_size), '\0');
    if (pread(file.get(), answer.data(), answer.size(), 0) != info.st_size) fail_errno("pread");
    return answer;
}

std::string made_table(uint64_t rows) {
    return fmt::format(
        "SELECT i AS id, 'customer-' || (i * 7919 % 100003) AS customer,"
        " (['red', 'green', 'blue', 'black', 'white'])[i % 5 + 1] AS colour,"
        " (i * 2654435761 % 1000003) / 100 AS price, i * 48271 % 1000 AS quantity,"
        " TIMESTAMP '2020-01-01' + to_seconds(i * 37 % 100000000) AS sold,"
        " md5(i::VARCHAR) AS note FROM range({}) AS made(i)",
        rows);
}

}  // namespace csd::bench
