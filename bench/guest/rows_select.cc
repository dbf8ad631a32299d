// SPDX-License-Identifier: BSD-3-Clause
//
// What a select inside the drive saves, in time and in bytes that cross the bus.
//
// Under emulation a bare retrieve is only a copy in memory, and it computes nothing: so the yardstick is what a host
// without selects has to do, which is to retrieve the value and to run the same query itself.
#include <fmt/core.h>

#include <filesystem>
#include <fstream>

#include "csd/kv.hpp"
#include "duck.hpp"
#include "report.hpp"
#include "rows.hpp"

namespace csd::bench {

namespace {

constexpr int kThreads = 2;

template <typename T>
T must(Result<T> result) {
    if (!result.ok()) throw Failure(result.status().message());
    return std::move(result).value();
}

class Analyst {
  public:
    Analyst(const Setting& setting, const Devices& devices)
        : client_(must(kv::Client::open(devices.drive))),
          key_(*Key::from_text("table")),
          copy_(setting.dir + "/copy.csv"),
          size_(std::filesystem::file_size(devices.table)) {
        std::ifstream file(devices.table, std::ios::binary);
        must(client_->store(key_, kv::Source{[&](MutableBytes room) -> Result<size_t> {
                                file.read(reinterpret_cast<char*>(room.data()),
                                          static_cast<std::streamsize>(room.size()));
                                return static_cast<size_t>(file.gcount());
                            }}));
    }
    ~Analyst() { std::filesystem::remove(copy_); }
    Analyst(const Analyst&) = delete;
    Analyst& operator=(const Analyst&) = delete;

    uint64_t value_bytes() const { return size_; }

    std::string inside() {
        std::string answer;
        kv::SelectOptions options;
        options.input_header = true;
        must(client_->select(key_, query("s3object"), options,
                             kv::Sink{[&](Bytes piece) {
                                          answer.append(as_text(piece));
                                          return Status();
                                      },
                                      {}}));
        return answer;
    }
    std::string outside() {
        std::ofstream file(copy_, std::ios::binary | std::ios::trunc);
        must(client_->retrieve(key_, {},
                               kv::Sink{[&](Bytes piece) {
                                            file << as_text(piece);
                                            return Status();
                                        },
                                        {}}));
        file.close();
        return Duck(kThreads).select(query(fmt::format("read_csv('{}', header = true)", copy_)));
    }

  private:
    static std::string query(const std::string& table) {
        return fmt::format("SELECT id, customer, price, sold FROM {} WHERE quantity >= 990", table);
    }

    std::unique_ptr<kv::Client> client_;
    const Key key_;
    const std::string copy_;
    const uint64_t size_;
};

double milliseconds_of(const std::function<std::string()>& work) {
    const Stopwatch watch;
    work();
    return watch.seconds() * 1e3;
}

}  // namespace

void near_data(const Setting& setting, const Devices& devices) {
    Analyst analyst(setting, devices);
    const std::string answer = analyst.inside();
    if (answer != analyst.outside()) throw Failure("the drive and the guest answer differently");
    const std::string work =
        fmt::format("select 1 % of {} MB of CSV", analyst.value_bytes() / 1'000'000);
    report(setting,
           {.work = work + ", time",
            .unit = Unit::kMilliseconds,
            .samples = alternate(
                setting.rounds, [&] { return milliseconds_of([&] { return analyst.inside(); }); },
                [&] { return milliseconds_of([&] { return analyst.outside(); }); }),
            .yardstick = "retrieve, then the same query in the guest",
            .target = {}});
    report(setting, {.work = work + ", bytes that cross",
                     .unit = Unit::kBytes,
                     .samples = {{static_cast<double>(answer.size())},
                                 {static_cast<double>(analyst.value_bytes())}},
                     .yardstick = "the whole value",
                     .target = {}});
}

void make_table(const std::string& file, uint64_t rows) {
    Duck(kThreads).execute(
        fmt::format("COPY ({}) TO '{}' (FORMAT csv, HEADER)", made_table(rows), file));
}

}  // namespace csd::bench
