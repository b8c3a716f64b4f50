// CLAIMFERRY_TRY: leaves the function with the failure of a step that failed; one line instead of
// four.
#pragma once

#define CLAIMFERRY_TRY(expression)           \
  if (auto&& tried = (expression); !tried) { \
    return std::move(tried.failure());       \
  }
