// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by server_test.cc.
#include "airmos/http/input.hpp"

#include <algorithm>

namespace csd::airmos {

Task<Channel::Got> Input::fill(Channel::Limit limit, size_t buffer_bytes) {
    if (at_ > 0) {
        std::copy(buffer_.begin() + static_cast<ptrdiff_t>(at_),
                  buffer_.begin() + static_cast<ptrdiff_t>(end_), buffer_.begin());
        end_ -= at_;
        at_ = 0;
    }
    if (buffer_.size() < buffer_bytes) buffer_.resize(buffer_bytes);
    if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
    const Channel::Got got =
        co_await channel_.read_some(MutableBytes(buffer_).subspan(end_), limit);
    end_ += got.bytes;
    co_return got;
}

Task<Channel::Got> Input::read(MutableBytes into, Channel::Limit limit) {
    if (at_ == end_) co_return co_await channel_.read_some(into, limit);
    const size_t bytes = std::min(into.size(), end_ - at_);
    std::copy_n(buffer_.begin() + static_cast<ptrdiff_t>(at_), bytes, into.begin());
    at_ += bytes;
    co_return Channel::Got{bytes, Channel::End::kNone};
}

}  // namespace csd::airmos
