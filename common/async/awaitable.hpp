// The one coroutine type. Included instead of Asio's header, so that ports read alike and Asio's
// cost is paid once, in the precompiled header.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace claimferry {

using boost::asio::awaitable;
using Executor = boost::asio::any_io_executor;

}  // namespace claimferry
