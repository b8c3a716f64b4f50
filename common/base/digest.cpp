#include "common/base/digest.hpp"

#include <openssl/evp.h>

#include "common/base/assert.hpp"
#include "common/base/encoding.hpp"

namespace claimferry {

struct Sha256Builder::State {
  EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() { CLAIMFERRY_ASSERT(algorithm != nullptr && context != nullptr); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    EVP_MD_CTX_free(context);
    EVP_MD_free(algorithm);
  }
};

Sha256Builder::Sha256Builder() : state_(std::make_unique<State>()) {
  reset();
}
Sha256Builder::~Sha256Builder() = default;
Sha256Builder::Sha256Builder(Sha256Builder&&) noexcept = default;
Sha256Builder& Sha256Builder::operator=(Sha256Builder&&) noexcept = default;

void Sha256Builder::reset() {
  CLAIMFERRY_ASSERT(EVP_DigestInit_ex2(state_->context, state_->algorithm, nullptr) == 1);
}

void Sha256Builder::update(std::string_view bytes) {
  CLAIMFERRY_ASSERT(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

Sha256 Sha256Builder::finish() {
  Sha256 digest{};
  CLAIMFERRY_ASSERT(EVP_DigestFinal_ex(state_->context, digest.data(), nullptr) == 1);
  return digest;
}

Sha256 sha256(std::string_view bytes) {
  // Fetching the algorithm costs more than hashing a small resource: once a thread.
  thread_local Sha256Builder builder;
  builder.reset();
  builder.update(bytes);
  return builder.finish();
}

std::string to_hex(const Sha256& digest) {
  return to_hex(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

}  // namespace claimferry
