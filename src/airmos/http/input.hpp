// SPDX-License-Identifier: BSD-3-Clause
//
// Input: what a connection received and nobody took yet. Requests may follow each other without a pause, so what comes
// after a head or a body stays here for the next one.
// Threads: the connection's loop. Tested by server_test.cc.
#pragma once

#include <string_view>
#include <vector>

#include "airmos/http/channel.hpp"

namespace csd::airmos {

class Input {
  public:
    static constexpr size_t kFirstBytes = 8 * kKiB;
    explicit Input(Channel& channel) : channel_(channel), buffer_(kFirstBytes) {}

    std::string_view text() const { return as_text(Bytes(buffer_).subspan(at_, end_ - at_)); }
    void consume(size_t bytes) { at_ += bytes; }
    // Receives at least one byte more, into a buffer of at least so many bytes. The caller bounds text().
    Task<Channel::Got> fill(Channel::Limit limit, size_t buffer_bytes = kFirstBytes);
    // At least one byte, from what was received or else from the channel straight into the buffer.
    Task<Channel::Got> read(MutableBytes into, Channel::Limit limit);

  private:
    Channel& channel_;
    std::vector<uint8_t> buffer_;
    size_t at_ = 0, end_ = 0;
};

}  // namespace csd::airmos
