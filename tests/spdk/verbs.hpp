// SPDX-License-Identifier: BSD-3-Clause
//
// Every verb of a level of csd/spdk, on a real drive. The first thing that is not as it should be ends the program with 1.
// verbs.cc and verbs_bdev.cc have the two levels.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "csd/spdk/kv.h"
#include "level_verbs.hpp"

inline void check(const char* sentence, bool holds) {
    std::printf("%s: %s\n", holds ? "as it should be" : "NOT as it should be", sentence);
    if (!holds) std::exit(1);
}

inline csd_kv_key key_of(std::string_view text) {
    csd_kv_key key;
    csd_kv_key_set(&key, text.data(), text.size());
    return key;
}

struct Answer {
    bool done = false;
    spdk_nvme_cpl cpl{};

    static void arrived(void* self, const spdk_nvme_cpl* cpl) {
        *static_cast<Answer*>(self) = {true, *cpl};
    }
    bool ok() const { return !spdk_nvme_cpl_is_error(&cpl); }
    bool is(int sct, int sc) const { return cpl.status.sct == sct && cpl.status.sc == sc; }
};

template <typename Level>
class Verbs {
  public:
    Verbs(typename Level::Handle* kv, uint8_t* buffer, size_t bytes)
        : kv_(kv), info_(*Level::get_info(kv)), buffer_(buffer), bytes_(bytes) {}

    void run() {
        std::printf("opcodes: %s\n", info_.standard_opcodes ? "01h, 02h" : "81h, 82h");
        small_values();
        scattered_values();
        if ((info_.extensions & CSD_KV_HAS_OFFSET) != 0) large_values();
        if ((info_.extensions & CSD_KV_HAS_APPEND) != 0) appends();
        if ((info_.extensions & CSD_KV_HAS_COMPOSE) != 0) composes();
        if ((info_.extensions & CSD_KV_HAS_SELECT) != 0) selects();
        lists();
    }

  private:
    template <typename Verb, typename... Arguments>
    Answer call(Verb verb, Arguments... arguments) {
        Answer answer;
        const int rc = verb(kv_, &request_, arguments..., Answer::arrived, &answer);
        int32_t polled = 0;
        while (rc == 0 && !answer.done && polled >= 0) polled = Level::poll(kv_);
        if (!answer.done) {
            std::printf("NOT as it should be: submitted with %d, polled with %d\n", rc, polled);
            std::exit(1);
        }
        return answer;
    }
    Answer store(std::string_view name, std::string_view value, uint32_t flags = 0) {
        const csd_kv_key key = key_of(name);
        std::copy(value.begin(), value.end(), buffer_);
        return call(Level::store, &key, buffer_, value.size(), flags);
    }
    Answer retrieve(std::string_view name, uint64_t offset = 0, uint64_t room = 4096) {
        const csd_kv_key key = key_of(name);
        std::fill_n(buffer_, room, uint8_t{0xEE});
        return call(Level::retrieve, &key, buffer_, room, offset);
    }
    Answer erase(std::string_view name) {
        const csd_kv_key key = key_of(name);
        return call(Level::erase, &key);
    }
    std::string_view got(size_t bytes) { return {reinterpret_cast<char*>(buffer_), bytes}; }
    bool is_2023() const { return info_.dialect == CSD_KV_2023; }

    void small_values() {
        check("a value is stored", store("verbs.a", "value").ok());
        check("and retrieved", retrieve("verbs.a").cpl.cdw0 == 5 && got(5) == "value");
        check("what must not exist does", store("verbs.a", "x", CSD_KV_MUST_NOT_EXIST).is(0, 0x89));
        check("what must exist does not", store("verbs.b", "x", CSD_KV_MUST_EXIST).is(0, 0x87));
        const csd_kv_key key = key_of("verbs.a");
        check("it exists", call(Level::exist, &key).ok());
        check("a value may be empty", store("verbs.a", "").ok());
        check("and is", retrieve("verbs.a").ok() && retrieve("verbs.a").cpl.cdw0 == 0);
        check("it is deleted", erase("verbs.a").ok());
        check("and gone", retrieve("verbs.a").is(0, 0x87));
    }

    // Whole pages apart from each other, as a device without SGLs takes them.
    void scattered_values() {
        constexpr size_t kPage = 4096;
        constexpr size_t kBytes = 2 * kPage + 777;
        const iovec parts[] = {
            {buffer_, kPage}, {buffer_ + 2 * kPage, kPage}, {buffer_ + 4 * kPage, 777}};
        const csd_kv_key key = key_of("verbs.a");
        if (!info_.scattered_buffers) {
            Answer none;
            check("this SPDK scatters nothing", Level::storev(kv_, &request_, &key, parts, 3, 0,
                                                              Answer::arrived, &none) == -ENOTSUP);
            return;
        }
        std::string value(kBytes, ' ');
        for (size_t i = 0; i < kBytes; i++) value[i] = static_cast<char>(i * 2654435761u >> 24);
        for (size_t i = 0; i < 3; i++) {
            value.copy(static_cast<char*>(parts[i].iov_base), parts[i].iov_len, i * kPage);
        }
        check("a value is gathered", call(Level::storev, &key, parts, 3, 0).ok());
        check("into one",
              retrieve("verbs.a", 0, 4 * kPage).cpl.cdw0 == kBytes && got(kBytes) == value);
        std::fill_n(buffer_, 5 * kPage, uint8_t{0xEE});
        check("and scattered", call(Level::retrievev, &key, parts, 3, 0).cpl.cdw0 == kBytes);
        std::string found;
        for (const iovec& part : parts)
            found.append(static_cast<char*>(part.iov_base), part.iov_len);
        check("to where it was wanted", found == value);
        check("and nowhere else", buffer_[kPage] == 0xEE && buffer_[4 * kPage + 777] == 0xEE);
        erase("verbs.a");
    }

    void large_values() {
        const size_t bytes = bytes_ - 777;
        check("this is more than one transfer", bytes > info_.max_transfer_bytes);
        std::string value(bytes, ' ');
        for (size_t i = 0; i < bytes; i++) value[i] = static_cast<char>(i * 2654435761u >> 24);
        check("a large value is stored", store("verbs.a", value).ok());
        check("its size is right", retrieve("verbs.a", 0, 4096).cpl.cdw0 == bytes);
        check("it is retrieved whole",
              retrieve("verbs.a", 0, bytes_).cpl.cdw0 == bytes && got(bytes) == value);
        check("and from an offset", retrieve("verbs.a", 1000, bytes_).ok() &&
                                        got(bytes - 1000) == std::string_view(value).substr(1000));
        if (!is_2023()) {
            const csd_kv_key key = key_of("verbs.a");
            check("it is described",
                  call(Level::retrieve_ext, &key, buffer_, 64, 0, CSD_KV_DESCRIBE).ok());
            csd_kv_value described;
            csd_kv_read_value(buffer_, &described);
            check("with its size", described.size == bytes);
        }
        check("it is deleted", erase("verbs.a").ok());
    }

    void appends() {
        const uint32_t flags = is_2023() ? CSD_KV_APPEND : CSD_KV_APPEND | CSD_KV_AT_OFFSET;
        const csd_kv_key key = key_of("verbs.a");
        store("verbs.a", "one");
        std::copy_n("two", 3, buffer_);
        const uint64_t end = is_2023() ? 0 : 3;
        check("an append grows the value",
              call(Level::store_ext, &key, buffer_, 3, end, flags).ok());
        if (!is_2023()) {
            check("sent again it is refused",
                  call(Level::store_ext, &key, buffer_, 3, end, flags).is(7, 8));
        }
        check("it has both", retrieve("verbs.a").cpl.cdw0 == 6 && got(6) == "onetwo");
        erase("verbs.a");
    }

    void composes() {
        store("verbs.a", "left ");
        store("verbs.b", "right");
        const csd_kv_key whole = key_of("verbs.c");
        const csd_kv_key parts[] = {key_of("verbs.a"), key_of("verbs.b")};
        const int64_t bytes = csd_kv_write_sources(buffer_, bytes_, parts, 2);
        check("values are composed",
              call(Level::compose, &whole, buffer_, bytes, CSD_KV_DELETE_SOURCES).ok());
        check("in order", retrieve("verbs.c").cpl.cdw0 == 10 && got(10) == "left right");
        check("and their sources are gone", retrieve("verbs.a").is(0, 0x87));
        erase("verbs.c");
    }

    Answer select(std::string_view sql) {
        const csd_kv_key key = key_of("verbs.csv");
        csd_kv_select how{};
        how.flags = CSD_KV_INPUT_HEADER;
        std::copy(sql.begin(), sql.end(), buffer_);
        return call(Level::select_send, &key, &how, buffer_, sql.size());
    }
    bool is_described(uint32_t id, uint32_t reason) {
        csd_kv_result result = {};
        const bool ok =
            call(Level::select_retrieve, id, buffer_, 64, 0, CSD_KV_DESCRIBE_RESULT).ok();
        csd_kv_read_result(buffer_, &result);
        return ok && result.state == 2 && result.reason == reason;
    }

    void selects() {
        store("verbs.csv", "a,b\n1,2\n3,4\n");
        const Answer sent = select("SELECT b FROM t WHERE a = 3");
        check("a query is run", sent.ok());
        const uint32_t id = sent.cpl.cdw0;
        if (!is_2023()) {
            check("its result is described",
                  call(Level::select_retrieve, id, buffer_, 64, 0, CSD_KV_DESCRIBE_RESULT).ok());
            csd_kv_result result;
            csd_kv_read_result(buffer_, &result);
            check("as done", result.state == 0 && result.size == 2);
        }
        const Answer fetched = call(Level::select_retrieve, id, buffer_, 4096, 0, CSD_KV_KEEP);
        check("and fetched", fetched.cpl.cdw0 == 2 && got(2) == "4\n");
        check("it is freed", call(Level::select_free, id, buffer_).ok());
        check("and gone", call(Level::select_retrieve, id, buffer_, 4096, 0, 0).is(0, 0x87));
        const Answer bad = select("DELETE FROM t");
        check("what is no SELECT fails", is_2023() ? bad.is(0, 0x88) : bad.is(7, 1));
        if (!is_2023()) {
            check("its reason is data, under its id and under 0",
                  is_described(bad.cpl.cdw0, 0x0105) && is_described(0, 0x0105));
            const Answer reason = call(Level::select_retrieve, bad.cpl.cdw0, buffer_, 4096, 0, 0);
            check("with a reason", reason.ok() && reason.cpl.cdw0 > 10);
        }
        erase("verbs.csv");
    }

    void lists() {
        for (const char* name : {"verbs.1", "verbs.2", "verbs.33"}) store(name, "");
        const csd_kv_key start = key_of("verbs.2");
        check("keys are listed", call(Level::list, &start, buffer_, 4096).ok());
        csd_kv_list list;
        csd_kv_key key;
        std::string names;
        check("the page is whole", csd_kv_list_begin(&list, &info_, buffer_, 4096) >= 2);
        while (csd_kv_list_next(&list, &key) == 1) {
            names += std::string(reinterpret_cast<char*>(key.bytes), key.size) + " ";
        }
        check("from the start wanted", names.starts_with("verbs.2 verbs.33 "));
        for (const char* name : {"verbs.1", "verbs.2", "verbs.33"}) erase(name);
    }

    typename Level::Handle* const kv_;
    const csd_kv_info& info_;
    uint8_t* const buffer_;
    const size_t bytes_;
    csd_kv_request request_;
};

// The bdev level, on a bdev that the JSON configuration makes.
void run_on_bdev(const char* name, const char* configuration);
