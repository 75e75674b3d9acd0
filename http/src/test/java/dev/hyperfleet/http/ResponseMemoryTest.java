package dev.hyperfleet.http;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hyperfleet.http.ResponseMemory.Share;
import org.junit.jupiter.api.Test;

class ResponseMemoryTest {
    private final ResponseMemory memory = new ResponseMemory(10, 15);

    @Test
    void oneCallersAnswersHaveABoundAndAllTogetherHaveOne() {
        Share first = memory.new Share("a");
        first.take(8);
        Share second = memory.new Share("a");
        assertThatThrownBy(() -> second.take(3)).hasMessageStartingWith("Your unread responses");
        Share other = memory.new Share("b");
        other.take(7);
        Share third = memory.new Share("c");
        assertThatThrownBy(() -> third.take(1)).hasMessageStartingWith("All clients' unread responses");
    }

    @Test
    void whatWasSentIsFreeAgainAndARefusalHoldsNothing() {
        Share first = memory.new Share("a");
        first.take(10);
        Share second = memory.new Share("a");
        assertThatThrownBy(() -> second.take(1)).hasMessageStartingWith("Your unread responses");
        first.release();
        second.take(10);
        second.release();
        Share other = memory.new Share("b");
        other.growTo(10);
        other.growTo(10);
        other.growTo(4);
    }
}
