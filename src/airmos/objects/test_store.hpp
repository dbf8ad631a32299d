// SPDX-License-Identifier: BSD-3-Clause
//
// TestStore: a store on drives of a test's own directory, used without a server: every Task is run to its end.
//
//     TestStore store;                                   one drive
//     store.put("b", "name", "data");
//     EXPECT_EQ("data", store.get("b", "name"));
//     store.reopen();                                    as after a restart
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <thread>

#include "airmos/core/event_loops.hpp"
#include "airmos/objects/store.hpp"
#include "lib/temp_dir.hpp"

namespace csd::airmos::objects {

// Runs tasks on two loops, as the server does. Those of run() share one, as those of a connection do; those of start() take
// turns.
class Runner {
  public:
    Runner() : thread_([this] { loops_.run(); }) {}
    ~Runner() {
        loops_.end();
        thread_.join();
    }
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    template <typename T>
    std::future<T> start(Task<T> task) {
        return start_on(loops_.at(next_++ % loops_.count()), std::move(task));
    }
    // On the loop that run() does not use, for tasks that may hold theirs.
    template <typename T>
    std::future<T> start_apart(Task<T> task) {
        return start_on(loops_.at(1), std::move(task));
    }
    template <typename T>
    T run(Task<T> task) {
        return start_on(loops_.at(0), std::move(task)).get();
    }

  private:
    template <typename T>
    std::future<T> start_on(boost::asio::io_context& loop, Task<T> task) {
        std::promise<T> promise;
        auto future = promise.get_future();
        boost::asio::co_spawn(loop, deliver(std::move(task), std::move(promise)),
                              boost::asio::detached);
        return future;
    }
    template <typename T>
    static Task<void> deliver(Task<T> task, std::promise<T> promise) {
        promise.set_value(co_await std::move(task));
    }

    EventLoops loops_{2};
    std::atomic<size_t> next_{0};
    std::thread thread_;
};

class TestStore {
  public:
    explicit TestStore(size_t drives = 1, std::string arguments = {}) {
        for (size_t i = 0; i < drives; i++) {
            options.devices.push_back("emulator:" + directory.path() + "/" + std::to_string(i) +
                                      arguments);
        }
        options.threads_per_drive = 2;
        options.log = [this](LogLevel level, const std::string& message) {
            const std::lock_guard lock(mutex_);
            if (level >= LogLevel::kWarning) warnings_ += message + "\n";
        };
        seams.least_part_bytes = 16;
    }

    Status try_open() {
        auto opened = Store::open(options, seams);
        if (opened.ok()) objects_ = std::move(opened).value();
        return opened.status();
    }
    void close() { objects_.reset(); }
    void reopen() {
        close();
        const Status opened = try_open();
        ASSERT_TRUE(opened.ok()) << opened.message();
    }
    Objects& objects() {
        if (!objects_) reopen();
        return *objects_;
    }
    template <typename T>
    T run(Task<T> task) {
        return runner.run(std::move(task));
    }
    std::string warnings() {
        const std::lock_guard lock(mutex_);
        return std::exchange(warnings_, "");
    }

    // The code of the error, or "".
    template <typename T>
    static std::string code(const Outcome<T>& outcome) {
        return outcome.ok() ? "" : std::string(outcome.error().code());
    }

    std::string make_bucket(const std::string& name) {
        return code(
            run(objects().create_bucket({.name = name, .created = 0, .region = "r", .tags = {}})));
    }

    static std::string etag_of(std::string_view data) {
        return "etag-" + std::to_string(std::hash<std::string_view>()(data));
    }
    static ObjectMeta meta_of(std::string_view data) {
        ObjectMeta meta;
        meta.etag = etag_of(data);
        meta.headers = {{"content-type", "text/plain"}};
        return meta;
    }
    static Task<Outcome<ObjectInfo>> putting(Objects& objects, std::string bucket, std::string name,
                                             std::string data, Condition condition,
                                             size_t piece = 100'000) {
        auto writer = co_await objects.create(bucket, name, data.size());
        if (!writer.ok()) co_return writer.error();
        for (size_t at = 0; at < data.size(); at += piece) {
            const auto bytes = as_bytes(std::string_view(data).substr(at, piece));
            auto written = co_await writer.value()->write(bytes);
            if (!written.ok()) co_return written.error();
        }
        co_return co_await writer.value()->commit(meta_of(data), std::move(condition));
    }
    std::string put(const std::string& bucket, const std::string& name, const std::string& data,
                    Condition condition = {}) {
        return code(run(putting(objects(), bucket, name, data, std::move(condition))));
    }

    static Task<std::string> reading(std::unique_ptr<Reader> reader) {
        std::string data;
        std::vector<uint8_t> buffer(300'000);
        for (;;) {
            auto got = co_await reader->read(data.size(), buffer);
            if (!got.ok()) co_return "error: " + std::string(got.error().message());
            if (got.value() == 0) break;
            data += as_text(Bytes(buffer).first(got.value()));
        }
        co_return data;
    }
    // The bytes, or "error: " and the code.
    static Task<std::string> getting(Objects& objects, std::string bucket, std::string name) {
        auto reader = co_await objects.read(bucket, name);
        if (!reader.ok()) co_return "error: " + std::string(reader.error().code());
        const ObjectInfo info = reader.value()->info();
        const std::string data = co_await reading(std::move(reader).value());
        if (info.size != data.size()) co_return "error: wrong size";
        if (info.meta.etag.starts_with("etag-") && info.meta.etag != etag_of(data)) {
            co_return "error: torn";
        }
        co_return data;
    }
    std::string get(const std::string& bucket, const std::string& name) {
        return run(getting(objects(), bucket, name));
    }
    std::string remove(const std::string& bucket, const std::string& name) {
        return code(run(objects().remove(bucket, name, {})));
    }
    std::vector<std::string> names(const std::string& bucket) {
        std::vector<std::string> names;
        const auto page = objects().list(bucket, {});
        if (!page.ok()) return {"error: " + std::string(page.error().code())};
        for (const auto& object : page.value().objects) names.push_back(object.name);
        return names;
    }

    // How many values of a type lie on the drives. The store must be closed.
    size_t count(RecordType type) {
        size_t count = 0;
        for (const std::string& device : options.devices) {
            auto client = kv::Client::open(device);
            EXPECT_TRUE(client.ok()) << client.status().message();
            if (client.ok())
                count += client.value()->list({.prefix = prefix_of(type)}).value().size();
        }
        return count;
    }

    test::TempDir directory{"objects"};
    ObjectsOptions options;
    Seams seams;
    Runner runner;

  private:
    std::mutex mutex_;
    std::string warnings_;
    std::unique_ptr<Objects> objects_;
};

}  // namespace csd::airmos::objects
