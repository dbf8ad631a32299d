// SPDX-License-Identifier: BSD-3-Clause
//
// Model: what a drive should do, as a std::map and the fewest words.
//
// Each command returns the statuses that the drive may answer with. There is more than one only where
// two mistakes are made at once and the command set does not say which is judged first; then neither
// changes anything.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nvme/command.hpp"

namespace csd::model {

using Statuses = std::vector<uint16_t>;

class Model {
  public:
    explicit Model(nvme::Dialect dialect) : dialect_(dialect) {}

    Statuses store(uint32_t controller, const nvme::Store& command, std::string_view data);
    Statuses compose(const nvme::Compose& command, const std::vector<Key>& sources);
    Statuses erase(const Key& key);
    Statuses exist(const Key& key) const;
    void set_ednek(bool value) { ednek_ = value; }
    void format();
    void restart() { hidden_.clear(); }
    void reset(uint32_t controller);

    const std::map<Key, std::string>& values() const { return values_; }
    const std::string* find(const Key& key) const;
    bool ednek() const { return ednek_; }
    uint64_t used_bytes() const;

    // The size of what is hidden under the key; nothing when that is not defined, as after a last
    // piece whose condition did not hold.
    std::optional<uint64_t> hidden_size(uint32_t controller, const Key& key) const;

  private:
    struct Hidden {
        std::string bytes;
        bool defined = true;
    };
    using Place = std::pair<uint32_t, Key>;

    Statuses judge(const nvme::StoreCondition& condition, const Key& key) const;
    Statuses append(const nvme::Store& command, std::string_view data);
    Statuses stage(const Place& place, const nvme::Store& command, std::string_view data);
    Statuses publish(const Place& place, const nvme::Store& command, std::string_view data);

    const nvme::Dialect dialect_;
    std::map<Key, std::string> values_;
    std::map<Place, Hidden> hidden_;
    bool ednek_ = false;
};

}  // namespace csd::model
