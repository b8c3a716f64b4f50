// The one coroutine type. Included instead of Asio's header, so that ports read alike and Asio's
// cost is paid once, in the precompiled header.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace boost::asio {
class io_context;
}

namespace claimferry {

using boost::asio::awaitable;
using Executor = boost::asio::any_io_executor;

// io.get_executor() as an Executor: who converts it takes a second to compile.
Executor executor_of(boost::asio::io_context& io);

}  // namespace claimferry
