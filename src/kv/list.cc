// SPDX-License-Identifier: BSD-3-Clause
//
// List, page after page: the next page starts at the last key, which is dropped the second time.
//
// Drives of ours list in key order, so a prefix is a place to start and a place to stop. The standard only says that
// the order is constant, so on any other drive everything is listed and what does not match is left out.
// Tested by list_test.cc.
#include <algorithm>

#include "kv/core.hpp"
#include "nvme/list_page.hpp"

namespace csd::kv {
namespace {

constexpr uint32_t kPageBytes = 256 * kKiB;
constexpr uint32_t kFirstPageBytes = 16 * kKiB;  // a drive answers so much without another thread

class Lister {
  public:
    Lister(Core& core, const ListOptions& options, const std::function<bool(const Key&)>& each)
        : core_(core),
          options_(options),
          each_(each),
          ordered_(core.is_2023() || core.extensions().has_value()) {}

    Result<uint64_t> run() {
        Key start = ordered_ ? std::max(options_.prefix, options_.start) : Key();
        if (options_.limit == 0u) return uint64_t{0};
        for (bool first = true;; first = false) {
            const auto page = fetch(start, first ? kFirstPageBytes : kPageBytes);
            if (!page.ok()) return page.status();
            std::span<const Key> keys = page.value();
            const bool repeats = !first && !keys.empty() && keys.front() == start;
            if (repeats) keys = keys.subspan(1);
            if (keys.empty()) return listed_;
            if (!first && !repeats && !ordered_) {
                return Status(Code::kOffsetMismatch, "the keys changed while they were listed");
            }
            if (!take(keys)) return listed_;
            start = keys.back();
        }
    }

  private:
    Result<std::vector<Key>> fetch(const Key& start, uint32_t bytes) {
        bytes = std::min(bytes, core_.piece_bytes());
        auto page = core_.buffer(bytes);
        if (!page.ok()) return page.status();
        const MutableBytes data = page.value().bytes();
        // A drive writes the count and what follows; an old one may write less than the count.
        std::fill_n(data.begin(), std::min<size_t>(data.size(), sizeof(uint32_t)), 0);
        const auto answer = core_.run(nvme::List{start, bytes}, data);
        if (!answer.ok()) return answer.status();
        return nvme::parse_key_list(data, core_.drive().dialect);
    }

    // False: no more keys are wanted.
    bool take(std::span<const Key> keys) {
        for (const Key& key : keys) {
            if (!key.starts_with(options_.prefix)) {
                if (ordered_ && key > options_.prefix) return false;
                continue;
            }
            if (key < options_.start) continue;
            listed_++;
            if (!each_(key)) return false;
            if (options_.limit && listed_ == *options_.limit) return false;
        }
        return true;
    }

    Core& core_;
    const ListOptions& options_;
    const std::function<bool(const Key&)>& each_;
    const bool ordered_;
    uint64_t listed_ = 0;
};

}  // namespace

Result<uint64_t> Client::list(const ListOptions& options,
                              const std::function<bool(const Key&)>& each) {
    core_->forget_status();
    return Lister(*core_, options, each).run();
}

Result<std::vector<Key>> Client::list(const ListOptions& options) {
    std::vector<Key> keys;
    const auto listed = list(options, [&keys](const Key& key) {
        keys.push_back(key);
        return true;
    });
    if (!listed.ok()) return listed.status();
    return keys;
}

}  // namespace csd::kv
