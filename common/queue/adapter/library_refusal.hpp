// Why Redis would not have our function library, for the person who runs the scheduler.
#pragma once

#include <optional>
#include <string>

#include "common/base/failure.hpp"
#include "common/queue/adapter/loaded_library.hpp"

namespace claimferry::queue {

// A command around the loading: local when it passes by itself (redis_loading, …), else permanent,
// under Redis' own code (redis_noperm) and with the rights that the scheduler's user needs.
Failure refusal_of(const redis::Error& error);

// The loading itself: permanent. library_name_taken: another library has a function of that name;
// says which to delete. library_refused: Redis cannot run the text.
Failure load_refusal_of(const redis::Error& error, unsigned version,
                        const std::vector<LoadedLibrary>& libraries);

}  // namespace claimferry::queue
