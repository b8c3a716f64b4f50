#include "worker/job_stage.hpp"

#include <gtest/gtest.h>

namespace claimferry::worker {
namespace {

using queue::Resource;

TEST(JobStage, AResourceIsAskedAtTheEndpointOfItsStage) {
  for (const Resource resource : {Resource::patient, Resource::coverage, Resource::eob}) {
    EXPECT_EQ(endpoint_of(resource), endpoint_of(stage_of(resource)));
    EXPECT_EQ(to_string(endpoint_of(resource)), to_string(stage_of(resource)));
  }
}

}  // namespace
}  // namespace claimferry::worker
