#include "tests/world/keyspace/function_commands.hpp"

#include <optional>

#include "tests/world/keyspace/keys_and_arguments.hpp"

namespace claimferry::world {
namespace {

Reply error(std::string text) {
  return Reply{redis::Error{"ERR " + std::move(text)}};
}

Reply wrong_arity(const std::string& name) {
  return error("wrong number of arguments for '" + name + "' command");
}

Reply load(FunctionLibraries& libraries, const Arguments& command) {
  if (command.size() < 3) {
    return wrong_arity("function|load");
  }
  bool replace = false;
  for (std::size_t at = 2; at + 1 < command.size(); ++at) {
    if (upper(command[at]) != "REPLACE") {
      return error("Unknown option given: " + command[at]);
    }
    replace = true;
  }
  return libraries.load(command.back(), replace);
}

Reply remove(FunctionLibraries& libraries, const Arguments& command) {
  if (command.size() != 3) {
    return wrong_arity("function|delete");
  }
  return libraries.remove(command[2]) ? ok() : error("Library not found");
}

Reply flush(FunctionLibraries& libraries, const Arguments& command) {
  if (command.size() > 3) {
    return error("unknown subcommand or wrong number of arguments for '" + command[1] +
                 "'. Try FUNCTION HELP.");
  }
  const std::string mode = command.size() == 3 ? upper(command[2]) : "SYNC";
  if (mode != "SYNC" && mode != "ASYNC") {
    return error("FUNCTION FLUSH only supports SYNC|ASYNC option");
  }
  libraries.clear();
  return ok();
}

Reply listed(const LibraryFunction& function) {
  Reply::Array flags;
  for (const std::string& flag : function.flags) {
    flags.push_back(text(flag));
  }
  Reply::Array parts{text("name"), text(function.name)};
  parts.push_back(text("description"));
  parts.push_back(function.description ? text(*function.description) : Reply{});
  parts.push_back(text("flags"));
  parts.push_back(Reply{std::move(flags)});
  return Reply{std::move(parts)};
}

Reply listed(const std::string& name, const FunctionLibrary& library, bool with_code) {
  Reply::Array functions;
  for (const auto& [key, function] : library.functions) {
    functions.push_back(listed(function));
  }
  Reply::Array parts{text("library_name"), text(name)};
  parts.push_back(text("engine"));
  parts.push_back(text("LUA"));
  parts.push_back(text("functions"));
  parts.push_back(Reply{std::move(functions)});
  if (with_code) {
    parts.push_back(text("library_code"));
    parts.push_back(text(library.code));
  }
  return Reply{std::move(parts)};
}

Reply list(const FunctionLibraries& libraries, const Arguments& command) {
  bool with_code = false;
  std::optional<std::string> pattern;
  for (std::size_t at = 2; at < command.size(); ++at) {
    const std::string option = upper(command[at]);
    if (option == "WITHCODE" && !with_code) {
      with_code = true;
    } else if (option == "LIBRARYNAME" && !pattern) {
      if (++at == command.size()) {
        return error("library name argument was not given");
      }
      pattern = lower(command[at]);
    } else {
      return error("Unknown argument " + command[at]);
    }
  }
  Reply::Array answer;
  for (const auto& [name, library] : libraries.all()) {
    if (!pattern || matches(*pattern, lower(name))) {
      answer.push_back(listed(name, library, with_code));
    }
  }
  return Reply{std::move(answer)};
}

}  // namespace

Reply function_command(FunctionLibraries& libraries, const Arguments& command) {
  if (command.size() < 2) {
    return wrong_arity("function");
  }
  const std::string what = upper(command[1]);
  return what == "LOAD"     ? load(libraries, command)
         : what == "DELETE" ? remove(libraries, command)
         : what == "FLUSH"  ? flush(libraries, command)
         : what == "LIST"   ? list(libraries, command)
                            : error("unknown subcommand '" + command[1] + "'. Try FUNCTION HELP.");
}

Reply call_function(FunctionLibraries& libraries, const Arguments& command, bool only_reads) {
  if (command.size() < 3) {
    return wrong_arity(only_reads ? "fcall_ro" : "fcall");
  }
  const LibraryFunction* function = libraries.find(command[1]);
  if (function == nullptr) {
    return error("Function not found");
  }
  const auto split = keys_and_arguments(command, "ERR Bad number of keys provided");
  if (split.problem) {
    return Reply{*split.problem};
  }
  if (only_reads && !function->only_reads) {
    return error("Can not execute a script with write flag using *_ro command.");
  }
  return libraries.call(*function, split.keys, split.arguments);
}

}  // namespace claimferry::world
