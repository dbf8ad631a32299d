// SPDX-License-Identifier: BSD-3-Clause
//
// Host: what a host of the drive does, through the C interface only.
//
// Each call builds the 64 bytes, then decode, try, execute, as QEMU does; so what is measured is the whole
// engine. Keys are 16 bytes: the longest, with the most to hash, compare and print.
#pragma once

#include <memory>
#include <string>

#include "csd/device.h"
#include "measure.hpp"
#include "nvme/command.hpp"

namespace csd::bench {

// The n-th key of a benchmark. Neighbours in n are far apart in the order of keys.
Key key_of(uint64_t n);

class Host {
  public:
    static constexpr uint32_t kTransferBytes = 2u << 20;  // the engine's default

    // Flags as in device.h.
    explicit Host(const std::string& root, uint32_t flags = 0,
                  uint32_t max_transfer_bytes = kTransferBytes);

    // Where the values lie as files, for yardsticks that read the same bytes.
    const std::string& values_dir() const { return values_dir_; }
    std::string file_of(const Key& key) const { return values_dir_ + "/" + key.file_name(); }

    struct Reply {
        uint16_t status = 0;
        uint32_t dw0 = 0;
        uint32_t data_bytes = 0;
    };
    // `data` holds what the command says it moves. Any thread.
    Reply run(const nvme::Command& command, void* data = nullptr);

    // These throw Failure unless the command succeeds. Values larger than a transfer travel in pieces.
    void store(const Key& key, std::string& value);
    void store_file(const Key& key, const std::string& file);
    void retrieve(const Key& key, std::string& value);  // fills it: its size is what is expected
    void exist(const Key& key);
    void erase(const Key& key);
    // Counts the keys of the whole drive, page by page.
    uint64_t list(uint32_t page_bytes);
    void wait_for_index();

    struct Query {
        Key key;
        nvme::DataFormat format = nvme::DataFormat::kCsv;
        std::string options;  // JSON
        std::string sql;
    };
    // Sends, then fetches the whole answer, as CSV without a header.
    std::string select(const Query& query);

  private:
    struct Close {
        void operator()(csd_device* device) const { csd_close(device); }
    };
    Reply must(const char* verb, const nvme::Command& command, void* data = nullptr);
    [[noreturn]] void explain_select(uint16_t status);

    std::string values_dir_;
    uint32_t transfer_bytes_;
    std::unique_ptr<csd_device, Close> device_;
};

}  // namespace csd::bench
