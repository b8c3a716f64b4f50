// Names the calling thread, for whoever looks with `top -H` or a debugger. At most 15 characters.
#pragma once

namespace claimferry {

void name_this_thread(const char* name) noexcept;

}  // namespace claimferry
