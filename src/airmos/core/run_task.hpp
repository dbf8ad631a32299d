// SPDX-License-Identifier: BSD-3-Clause
//
// run_task: for tests and the start of the node, which are no coroutines: runs one Task to its end on this thread.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>

#include "airmos/core/task.hpp"

namespace csd::airmos {

template <typename T>
T run_task(Task<T> task) {
    std::optional<T> result;
    std::exception_ptr thrown;
    boost::asio::io_context context(1);
    const auto run = [](Task<T> inner, std::optional<T>& into) -> Task<void> {
        into.emplace(co_await std::move(inner));
    };
    boost::asio::co_spawn(context, run(std::move(task), result),
                          [&thrown](const std::exception_ptr& what) { thrown = what; });
    context.run();
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*result);
}

}  // namespace csd::airmos
