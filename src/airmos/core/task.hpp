// SPDX-License-Identifier: BSD-3-Clause
//
// Task: a coroutine of the node. It runs on its connection's loop, and gives the thread away at each co_await that has to wait.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace csd::airmos {

template <typename T>
using Task = boost::asio::awaitable<T>;

}  // namespace csd::airmos
