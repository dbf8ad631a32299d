// SPDX-License-Identifier: BSD-3-Clause
// Tested by query_process_test.cc.
#include "device/worker/warm_up.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "device/worker/files.hpp"
#include "device/worker/select.hpp"

namespace csd::worker {

namespace {

using nvme::DataFormat;

// A memory file at a worker's number, as a worker finds it.
class FileAt {
  public:
    explicit FileAt(int number) : number_(number) {
        UniqueFd file(memfd_create("csd-warm", MFD_CLOEXEC));
        if (file.get() == number)
            (void)file.release();
        else
            dup3(file.get(), number, O_CLOEXEC);
    }
    FileAt(const FileAt&) = delete;
    FileAt& operator=(const FileAt&) = delete;
    ~FileAt() { close(number_); }

  private:
    const int number_;
};

Status run_one(Database& database, DataFormat input, DataFormat output, std::string_view sql) {
    Status emptied = empty_file(kResultFd);
    if (!emptied.ok()) return emptied;
    query::Task task;
    task.input = static_cast<uint8_t>(input);
    task.output = static_cast<uint8_t>(output);
    task.input_header = task.output_header = 1;
    return run_select(database, task, {}, sql, 1);
}

Status replace_object(std::string_view text) {
    Status done = empty_file(kObjectFd);
    return done.ok() ? write_all(kObjectFd, text) : done;
}

constexpr std::string_view kGroup =
    "SELECT name, count(*), sum(id), avg(id) FROM s3object s WHERE id > 3 AND name LIKE 'n%' "
    "GROUP BY 1 ORDER BY 2 LIMIT 9";
constexpr std::string_view kAll = "SELECT * FROM s3object WHERE _1 < 50";

std::string csv_rows(int count) {
    std::string csv = "id,name,price\n";
    for (int i = 0; i < count; i++) {
        std::string n = std::to_string(i);
        csv += n + ",name " + n + "," + n + ".5\n";
    }
    return csv;
}

std::string json_rows(int count) {
    std::string json;
    for (int i = 0; i < count; i++) {
        std::string n = std::to_string(i);
        json +=
            "{\"id\": " + n + ", \"name\": \"name " + n + "\", \"in\": {\"price\": " + n + ".5}}\n";
    }
    return json;
}

}  // namespace

Status WarmUp::whole(Database& database) {
    FileAt object(kObjectFd), result(kResultFd), input(kInputScratchFd), output(kOutputScratchFd);
    Status done = replace_object(csv_rows(100));
    if (done.ok()) done = run_one(database, DataFormat::kCsv, DataFormat::kJson, kGroup);
    if (done.ok()) done = run_one(database, DataFormat::kCsv, DataFormat::kCsv, kAll);
    if (done.ok())
        done = run_one(database, DataFormat::kCsv, DataFormat::kParquet, "SELECT * FROM s3object");
    if (!done.ok()) return done;
    parquet_ = read_some(kResultFd, 0, file_bytes(kResultFd));
    done = replace_object(json_rows(100));
    if (done.ok()) done = run_one(database, DataFormat::kJson, DataFormat::kCsv, kGroup);
    if (done.ok()) done = replace_object(parquet_);
    if (done.ok()) done = run_one(database, DataFormat::kParquet, DataFormat::kCsv, kGroup);
    if (done.ok()) done = run_one(database, DataFormat::kParquet, DataFormat::kJson, kAll);
    return done;
}

Status WarmUp::brief(Database& database) const {
    Status done = replace_object(csv_rows(20));
    if (done.ok()) done = run_one(database, DataFormat::kCsv, DataFormat::kCsv, kGroup);
    if (done.ok()) done = replace_object(parquet_);
    if (done.ok()) done = run_one(database, DataFormat::kParquet, DataFormat::kCsv, kGroup);
    if (done.ok()) done = replace_object({});
    if (done.ok()) done = empty_file(kResultFd);
    return done;
}

}  // namespace csd::worker
