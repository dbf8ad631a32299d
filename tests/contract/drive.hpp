// SPDX-License-Identifier: BSD-3-Clause
//
// Drive: a namespace reached over any transport, command by command and through the client; and what this
// one is able to do, found out by asking.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "csd/kv.hpp"
#include "kv/admin.hpp"
#include "kv/transport/transport.hpp"
#include "nvme/command.hpp"
#include "nvme/identify.hpp"

namespace csd::contract {

// One command's end. `data` is the whole buffer that was lent, whatever became of the command; how much of it counts the
// size in DW0 tells.
struct Answer {
    uint16_t status = 0;
    uint32_t dw0 = 0;
    uint32_t dw1 = 0;
    std::string data;
    // The transport, or the kernel below it, did not even send this.
    bool never_sent = false;
};

struct Request {
    nvme::Sqe entry;
    std::string data;  // to the drive
    size_t room = 0;   // for what comes back
};

// What a host must know before it can hold a drive to anything.
struct Abilities {
    nvme::Dialect dialect = nvme::Dialect::kKeyValue;
    bool standard = true;      // 01h and 02h pass; a target may know them as Write and Read
    bool admin = true;         // Identify, features and Format reach the drive
    bool do_not_retry = true;  // statuses keep it; SPDK's bdev layer does not carry it
    bool controller = true;    // there is one that answers Identify, as SPDK's bdev layer may not
    bool effects =
        true;  // log 05h is the Key Value one; SPDK's bdevs start a controller for blocks
    bool wide_results = true;  // DW1 passes
    bool zero_reads = true;    // a command without a buffer can ask for a size; fabrics may refuse
    bool may_format = false;
    std::optional<nvme::Extensions> extensions;
    uint32_t max_transfer_bytes = 0;

    bool is_key_value() const { return dialect == nvme::Dialect::kKeyValue; }
    bool has(bool nvme::Extensions::*extension) const {
        return extensions && (*extensions).*extension;
    }
};

class Drive {
  public:
    // Throws std::runtime_error with a sentence for the user.
    Drive(std::string name, std::string address, bool may_format);

    const std::string& name() const { return name_; }
    const std::string& address() const { return address_; }
    const Abilities& abilities() const { return abilities_; }
    kv::Client& client() { return *client_; }
    uint32_t nsid() const { return transport_->nsid(); }
    Result<std::unique_ptr<kv::Client>> another_client() const;  // any thread

    Answer run(const nvme::Command& command, std::string_view data = {}, size_t room = 0);
    Answer run_entry(const nvme::Sqe& entry, std::string_view data = {}, size_t room = 0);
    // All of them in flight together, as far as the queue goes.
    std::vector<Answer> run_together(const std::vector<Request>& requests);
    Request request(const nvme::Command& command, std::string_view data = {},
                    size_t room = 0) const;

    Answer admin(const nvme::Sqe& entry, size_t room = 0);
    Answer identify(uint8_t cns, uint8_t csi);

  private:
    void discover();
    bool answers_identify();

    const std::string name_;
    const std::string address_;
    std::unique_ptr<kv::Transport> transport_;
    std::unique_ptr<kv::Client> client_;
    Abilities abilities_;
};

}  // namespace csd::contract
