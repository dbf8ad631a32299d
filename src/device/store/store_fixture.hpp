// SPDX-License-Identifier: BSD-3-Clause
//
// The language of the store's tests: a drive in a directory of its own, keys and values as text.
//
//     open();
//     EXPECT_EQ(put("k", "one"), "ok");
//     EXPECT_EQ(get("k"), "one");
//     EXPECT_EQ(names(), (std::vector<std::string>{"6B"}));
#pragma once

#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "device/store/store.hpp"

namespace csd::store {

class TempDirectory {
  public:
    enum class Where : uint8_t { kDisk, kMemory };

    // In memory, if there is any, for tests that do not care what a disk does and would wait long for it.
    explicit TempDirectory(Where where = Where::kDisk) {
        const char* base = ::getenv("TMPDIR");
        if (where == Where::kMemory && ::access("/dev/shm", W_OK) == 0) base = "/dev/shm";
        path_ = std::string(base != nullptr ? base : "/tmp") + "/csd-store-XXXXXX";
        if (::mkdtemp(path_.data()) == nullptr) std::abort();
    }
    TempDirectory(const TempDirectory&) = delete;
    TempDirectory& operator=(const TempDirectory&) = delete;
    ~TempDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

inline Key key_of(const std::string& text) {
    return *Key::from_text(text);
}
inline std::string text_of(const Key& key) {
    return std::string(as_text(key.bytes()));
}

inline iovec slice_of(const std::string& text) {
    return {const_cast<char*>(text.data()), text.size()};
}

template <typename T>
std::string code_of(const Result<T>& result) {
    return code_name(result.code());
}
inline std::string code_of(const Status& status) {
    return code_name(status.code());
}

// What a test says to a store, in text.
class Speaker {
  public:
    explicit Speaker(Store& store) : store_(store) {}

    std::string put(const std::string& key, const std::string& value, Condition condition = {}) {
        const iovec slice = slice_of(value);
        return code_of(store_.put(key_of(key), {&slice, 1}, condition, {}));
    }
    std::string append(const std::string& key, const std::string& more,
                       std::optional<uint64_t> expected = {}, bool must_exist = false) {
        const iovec slice = slice_of(more);
        return code_of(store_.append(key_of(key), {&slice, 1}, expected, must_exist, {}));
    }
    std::string stage(uint32_t owner, const std::string& key, uint64_t offset,
                      const std::string& piece) {
        const iovec slice = slice_of(piece);
        return code_of(store_.stage(owner, key_of(key), offset, {&slice, 1}, {}));
    }
    std::string publish(uint32_t owner, const std::string& key, uint64_t offset,
                        const std::string& piece, Condition condition = {}) {
        const iovec slice = slice_of(piece);
        return code_of(store_.publish(owner, key_of(key), offset, {&slice, 1}, condition, {}));
    }
    std::string compose(const std::string& key, const std::vector<std::string>& sources,
                        Condition condition = {}, bool delete_sources = false) {
        std::vector<Key> keys;
        for (const std::string& source : sources) keys.push_back(key_of(source));
        return code_of(store_.compose(key_of(key), keys, condition, delete_sources, {}));
    }
    // The value, or the name of the error in angle brackets.
    std::string get(const std::string& key, uint64_t offset = 0, size_t room = 64 * kMiB) {
        const Result<ValueInfo> info = store_.info(key_of(key));
        std::string buffer(std::min<size_t>(room, info.ok() ? info.value().size + 16 : 16), '?');
        const iovec slice = slice_of(buffer);
        const Result<ReadResult> got = store_.read(key_of(key), offset, {&slice, 1}, {});
        if (!got.ok()) return std::string("<").append(code_of(got)).append(">");
        buffer.resize(got.value().bytes);
        return buffer;
    }
    std::string erase(const std::string& key) { return code_of(store_.erase(key_of(key), {})); }
    std::string exists(const std::string& key) { return code_of(store_.exists(key_of(key))); }
    std::string flush() { return code_of(store_.flush({})); }
    std::string format() { return code_of(store_.format()); }
    uint64_t version(const std::string& key) {
        const Result<ValueInfo> info = store_.info(key_of(key));
        return info.ok() ? info.value().version : 0;
    }
    std::vector<std::string> keys(const std::string& start = "", size_t limit = SIZE_MAX,
                                  uint64_t* total = nullptr) {
        std::vector<std::string> found;
        const auto visit = [&](const Key& key) {
            if (found.size() == limit) return false;
            found.push_back(text_of(key));
            return true;
        };
        EXPECT_EQ(code_of(store_.list(key_of(start), visit, total, {})), "ok");
        return found;
    }

  private:
    Store& store_;
};

class StoreTest : public ::testing::Test {
  protected:
    using Where = TempDirectory::Where;
    explicit StoreTest(Where where = Where::kDisk) : directory_(where) {}

    void open() {
        store_.reset();
        Result<std::unique_ptr<Store>> opened = try_open();
        ASSERT_TRUE(opened.ok()) << opened.status().message();
        store_ = std::move(opened).value();
    }
    Result<std::unique_ptr<Store>> try_open() {
        options_.root = root();
        options_.log = [this](LogLevel level, const std::string& sentence) {
            const std::lock_guard guard(log_mutex_);
            (level == LogLevel::kInfo ? notes_ : log_) += sentence + "\n";
        };
        return Store::open(options_);
    }
    void close() { store_.reset(); }
    // Before the members of derived fixtures go, which the store may still use.
    void TearDown() override { close(); }

    Speaker say() { return Speaker(*store_); }
    std::string put(const std::string& key, const std::string& value, Condition condition = {}) {
        return say().put(key, value, condition);
    }
    std::string get(const std::string& key) { return say().get(key); }
    std::string append(const std::string& key, const std::string& more,
                       std::optional<uint64_t> expected = {}) {
        return say().append(key, more, expected);
    }
    std::string erase(const std::string& key) { return say().erase(key); }
    std::vector<std::string> keys() { return say().keys(); }

    std::string root() const { return directory_.path() + "/drive"; }
    std::string values() const { return root() + "/0/1"; }
    std::string engine() const { return root() + "/0/1.csd"; }
    std::string file(const std::string& key) const {
        return values() + "/" + key_of(key).file_name();
    }
    static std::string content(const std::string& path) {
        std::ifstream stream(path, std::ios::binary);
        std::stringstream text;
        text << stream.rdbuf();
        return text.str();
    }
    static void write(const std::string& path, const std::string& text) {
        std::ofstream(path, std::ios::binary) << text;
    }
    static std::vector<std::string> names(const std::string& path) {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(path)) {
            found.push_back(entry.path().filename());
        }
        std::sort(found.begin(), found.end());
        return found;
    }
    std::string log() {
        const std::lock_guard guard(log_mutex_);
        return log_;
    }

    TempDirectory directory_;
    Options options_;
    std::mutex log_mutex_;
    std::string log_;    // warnings and what is for debugging
    std::string notes_;  // what is no warning
    std::unique_ptr<Store> store_;
};

}  // namespace csd::store
