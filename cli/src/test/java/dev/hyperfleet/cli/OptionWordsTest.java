package dev.hyperfleet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OptionWordsTest {
    @Test
    void aFieldIsCalledByTheOptionThatWasTyped() {
        assertThat(OptionWords.of("mem_size_mib must be at least 4; vcpu_count must be at most 32"))
                .isEqualTo("--memory must be at least 4; --cpus must be at most 32");
        assertThat(OptionWords.of("name must be 1 to 63 letters")).isEqualTo("name must be 1 to 63 letters");
    }
}
