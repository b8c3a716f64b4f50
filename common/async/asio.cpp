// The one unit that compiles Asio (BOOST_ASIO_SEPARATE_COMPILATION): everyone else sees
// declarations only.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
