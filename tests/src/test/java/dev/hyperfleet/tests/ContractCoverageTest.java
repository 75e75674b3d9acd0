package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hyperfleet.contract.ApiDescription;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Runs last: everything in the API's description must have occurred by now. */
@Order(Integer.MAX_VALUE)
class ContractCoverageTest {
    private static final int A_WHOLE_RUN = 30;

    @Test
    void everyOperationHasGivenEachOfItsAnswers() {
        assumeTrue(
                ApiDescription.INSTANCE.seen().size() >= A_WHOLE_RUN,
                "it needs a complete run of the tests, and this was a partial one");
        assertThat(ApiDescription.INSTANCE.seen()).containsAll(ApiDescription.INSTANCE.described());
    }
}
