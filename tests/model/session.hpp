// SPDX-License-Identifier: BSD-3-Clause
//
// Session: a drive and its model side by side. step() does the same to both and compares.
//
// A difference fails the rapidcheck property that runs, with the step that showed it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "device/test_drive.hpp"
#include "model/model.hpp"
#include "model/op.hpp"

namespace csd::model {

class Session {
  public:
    explicit Session(nvme::Dialect dialect);

    void step(const Op& op);
    // Everything that a host can see is as the model says.
    void compare_all();

  private:
    bool is_key_value() const { return dialect_ == nvme::Dialect::kKeyValue; }
    static Key key(uint8_t index);
    static std::string value_of(const Op& op);

    void store(const Op& op);
    void append(const Op& op);
    void stage(const Op& op);
    void publish(const Op& op);
    void compose(const Op& op);
    void erase(const Op& op);
    void exist(const Op& op);
    void retrieve(const Op& op);
    void describe(const Op& op);
    void list(const Op& op);
    void flush();
    void set_ednek(const Op& op);
    void reset(const Op& op);
    void format();
    void restart();

    // Sends the store and compares status, size and the version that follows from it.
    void send(const Op& op, nvme::Store command, const std::string& data);
    nvme::Store store_command(const Op& op, const std::string& data) const;
    // The value was written: its version is another one where its bytes are, and may be where not.
    void written(const Key& key, const std::optional<std::string>& before);
    std::optional<std::string> value_now(const Key& key) const;

    const nvme::Dialect dialect_;
    device::TestDrive drive_;
    Model model_;
    // The last version seen of each key; those that must not come back, because the value changed.
    std::map<Key, uint64_t> versions_;
    std::map<Key, uint64_t> stale_versions_;
};

}  // namespace csd::model
