package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Runs last: what the API's description says must have been seen by now. */
@Order(Integer.MAX_VALUE)
class ContractCoverageTest {
    private static final int A_WHOLE_RUN = 30;

    @Test
    void everyOperationHasGivenEachOfItsAnswers() {
        assumeTrue(
                ApiDescription.INSTANCE.seen().size() >= A_WHOLE_RUN,
                "it judges a whole run of the tests, and this was a part of one");
        assertThat(ApiDescription.INSTANCE.seen()).containsAll(ApiDescription.INSTANCE.described());
    }
}
