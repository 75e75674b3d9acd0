package dev.hyperfleet.server.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hyperfleet.contract.ApiDescription;
import java.util.Set;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Runs last: each operation of the API's description must have been called by now, and no other. */
@Order(Integer.MAX_VALUE)
class RouteCoverageTest {
    private static final int A_WHOLE_RUN = 30;

    private static final Set<String> SEEN = ApiDescription.INSTANCE.seen();

    @Test
    void everyOperationHasSucceeded() {
        assumeWholeRun();
        assertThat(Call.all())
                .allSatisfy(call -> assertThat(SEEN)
                        .as(call.toString())
                        .anyMatch(seen -> seen.matches("\\Q%s\\E [1-3]..".formatted(call))));
    }

    @Test
    void everyOperationHasGivenEachOfItsResponses() {
        assumeWholeRun();
        assertThat(SEEN).containsAll(ApiDescription.INSTANCE.described());
    }

    private static void assumeWholeRun() {
        assumeTrue(SEEN.size() >= A_WHOLE_RUN, "it is about a run of all tests of routes, and this was a part of one");
    }
}
