package dev.hyperfleet.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShrinkingTest {
    private static final List<Integer> HUNDRED = IntStream.range(0, 100).boxed().toList();

    @Test
    void whatTheFailureDoesNotNeedIsLeftOut() {
        assertThat(Shrinking.shrink(HUNDRED, list -> list.containsAll(List.of(3, 58, 99))))
                .containsExactly(3, 58, 99);
        assertThat(Shrinking.shrink(HUNDRED, list -> list.contains(0))).containsExactly(0);
    }

    @Test
    void whatTheFailureNeedsIsKept() {
        assertThat(Shrinking.shrink(HUNDRED, list -> list.size() == 100)).isEqualTo(HUNDRED);
    }
}
