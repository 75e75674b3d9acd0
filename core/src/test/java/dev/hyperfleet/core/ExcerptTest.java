package dev.hyperfleet.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExcerptTest {
    @Test
    void aTextIsCutWhereItIsTooLongAndNeverInTheMiddleOfACharacter() {
        assertThat(Excerpt.of("four", 4)).isEqualTo("four");
        assertThat(Excerpt.of("fives", 4)).isEqualTo("five…");
        assertThat(Excerpt.of("abc\ud83d\ude00", 4)).isEqualTo("abc…");
        assertThat(Excerpt.of("ab\ud83d\ude00c", 4)).isEqualTo("ab\ud83d\ude00…");
    }
}
