// SPDX-License-Identifier: BSD-3-Clause
//
// StoreReader: one version of an object, pinned. Threads: as Reader. Tested by store_test.cc, upload_test.cc.
#pragma once

#include <vector>

#include "airmos/objects/store.hpp"

namespace csd::airmos::objects {

// What its holder reads stays on the drive.
class Pin {
  public:
    // Takes over what was pinned.
    Pin(Store& store, Drive& drive, const DataId& id) : store_(store), drive_(drive), id_(id) {}
    ~Pin() { store_.unpin(drive_, id_); }
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;

    Drive& drive() const { return drive_; }
    const DataId& id() const { return id_; }

  private:
    Store& store_;
    Drive& drive_;
    const DataId id_;
};

class StoreReader : public Reader {
  public:
    StoreReader(std::shared_ptr<Pin> pin, ObjectInfo info, std::vector<uint8_t> whole)
        : pin_(std::move(pin)), info_(std::move(info)), whole_(std::move(whole)) {}

    const ObjectInfo& info() const override { return info_; }
    Task<Outcome<size_t>> read(uint64_t offset, MutableBytes buffer) override;
    Task<Outcome<Result<std::unique_ptr<Answer>>>> select(std::string sql,
                                                          kv::SelectOptions options,
                                                          uint64_t covered,
                                                          Meanwhile meanwhile) override;

    Drive& drive() const { return pin_->drive(); }
    const DataId& data() const { return pin_->id(); }

  private:
    const std::shared_ptr<Pin> pin_;
    const ObjectInfo info_;
    const std::vector<uint8_t> whole_;  // of a small object: it came with the manifest
};

}  // namespace csd::airmos::objects
