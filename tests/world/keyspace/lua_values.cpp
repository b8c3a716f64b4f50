#include "tests/world/keyspace/lua_values.hpp"

extern "C" {
#include <lauxlib.h>
#include <lua.h>
}

#include <algorithm>

#include "common/base/assert.hpp"

namespace claimferry::world {
namespace {

constexpr int conversion_depth_max = 64;

// A status or an error is one line on the wire; Redis reads it as a C string.
std::string one_line(std::string text) {
  text.resize(std::min(text.find('\0'), text.size()));
  std::ranges::replace_if(text, [](char c) { return c == '\r' || c == '\n'; }, ' ');
  return text;
}
std::string error_line(std::string text) {
  text.resize(std::min(text.find('\0'), text.size()));
  text.resize(text.find_last_not_of("\r\n") + 1);
  return one_line(std::move(text));
}

bool field_text(lua_State* lua, const char* name, std::string& out) {
  lua_getfield(lua, -1, name);
  const bool found = lua_type(lua, -1) == LUA_TSTRING;
  if (found) {
    std::size_t size = 0;
    const char* bytes = lua_tolstring(lua, -1, &size);
    out.assign(bytes, size);
  }
  lua_pop(lua, 1);
  return found;
}

Reply pop_reply(lua_State* lua, int depth);

Reply table_reply(lua_State* lua, int depth) {
  std::string held;
  if (field_text(lua, "err", held)) {
    return Reply{redis::Error{error_line(std::move(held))}};
  }
  if (field_text(lua, "ok", held)) {
    return text(one_line(std::move(held)));
  }
  // An array ends at its first nil, as in Redis.
  Reply::Array items;
  for (int at = 1;; ++at) {
    lua_rawgeti(lua, -1, at);
    if (lua_isnil(lua, -1)) {
      lua_pop(lua, 1);
      break;
    }
    items.push_back(pop_reply(lua, depth + 1));
  }
  return Reply{std::move(items)};
}

Reply pop_reply(lua_State* lua, int depth) {
  CLAIMFERRY_ASSERT(depth < conversion_depth_max);
  Reply reply;
  switch (lua_type(lua, -1)) {
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* bytes = lua_tolstring(lua, -1, &size);
      reply = text(std::string(bytes, size));
      break;
    }
    case LUA_TNUMBER:
      reply = integer(static_cast<std::int64_t>(lua_tonumber(lua, -1)));
      break;
    case LUA_TBOOLEAN:
      reply = lua_toboolean(lua, -1) != 0 ? integer(1) : Reply{};
      break;
    case LUA_TTABLE:
      reply = table_reply(lua, depth);
      break;
    default:
      break;
  }
  lua_pop(lua, 1);
  return reply;
}

}  // namespace

void push_reply(lua_State* lua, const Reply& reply, bool status) {
  luaL_checkstack(lua, 4, "reply too deep");
  if (reply.is_nil()) {
    lua_pushboolean(lua, 0);
  } else if (const auto* number = reply.integer()) {
    lua_pushnumber(lua, static_cast<lua_Number>(*number));
  } else if (const auto* bytes = reply.text()) {
    if (status) {
      lua_newtable(lua);
    }
    lua_pushlstring(lua, bytes->data(), bytes->size());
    if (status) {
      lua_setfield(lua, -2, "ok");
    }
  } else if (const auto* failed = reply.error()) {
    lua_newtable(lua);
    lua_pushlstring(lua, failed->text.data(), failed->text.size());
    lua_setfield(lua, -2, "err");
  } else {
    lua_newtable(lua);
    int at = 0;
    for (const Reply& item : *reply.array()) {
      push_reply(lua, item);
      lua_rawseti(lua, -2, ++at);
    }
  }
}

Reply pop_reply(lua_State* lua) {
  return pop_reply(lua, 0);
}

void push_list(lua_State* lua, const Arguments& items) {
  lua_createtable(lua, static_cast<int>(items.size()), 0);
  int at = 0;
  for (const std::string& item : items) {
    lua_pushlstring(lua, item.data(), item.size());
    lua_rawseti(lua, -2, ++at);
  }
}

}  // namespace claimferry::world
