package dev.hyperfleet.host.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.0.0.0/8",
        "10.1.2.3/8, 10.0.0.0/8",
        "192.168.1.1, 192.168.1.1/32",
        "0.0.0.0/0, 0.0.0.0/0",
        "255.255.255.255/0, 0.0.0.0/0",
        "255.255.255.255/32, 255.255.255.255/32",
        "255.255.255.255/1, 128.0.0.0/1",
    })
    void aBlockIsReadAndItsBitsAfterThePrefixAreIgnored(String text, String block) {
        assertThat(Cidr.parse(text)).hasToString(block);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "10",
                "10.0.0",
                "10.0.0.0.0",
                "256.0.0.0",
                "10.0.0.0/33",
                "10.0.0.0/",
                "10.0.0.0/-1",
                "10.0.0.0/8 ",
                " 10.0.0.0",
                "10.0.0.x",
                "::1",
                "fe80::/10",
                "example.org",
                "1000.0.0.0",
                "10.0.0.0/8/8",
                "10.0.0.0\n"
            })
    void whatIsNoBlockIsRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cidr.parse(text))
                .withMessage("not an IPv4 block: " + text);
    }

    @Test
    void aBlockContainsItselfAndSmallerOnesInIt() {
        Cidr block = Cidr.parse("172.16.0.0/12");
        assertThat(block.contains(block)).isTrue();
        assertThat(block.contains(Cidr.parse("172.31.255.255"))).isTrue();
        assertThat(block.contains(Cidr.parse("172.32.0.0"))).isFalse();
        assertThat(block.contains(Cidr.parse("172.0.0.0/8"))).isFalse();
        assertThat(Cidr.parse("0.0.0.0/0").contains(block)).isTrue();
    }

    @Test
    void whatIsLeftOfABlockAreTheFewestThatCoverIt() {
        assertThat(without("10.0.0.0/8", "10.0.0.0/10")).containsExactly("10.64.0.0/10", "10.128.0.0/9");
        assertThat(without("10.0.0.0/30", "10.0.0.2")).containsExactly("10.0.0.0/31", "10.0.0.3/32");
        assertThat(without("10.0.0.0/8", "10.0.0.0/8")).isEmpty();
        assertThat(without("10.0.0.0/8", "0.0.0.0/0")).isEmpty();
        assertThat(without("10.0.0.0/8", "11.0.0.0/8")).containsExactly("10.0.0.0/8");
        assertThat(without("0.0.0.0/0", "255.255.255.255")).hasSize(32);
    }

    @Test
    void whatIsLeftOfABlockCoversAllOfItButTheOther() {
        Random random = new Random(1);
        for (int round = 0; round < 2000; round++) {
            Cidr block = random(random, 8);
            Cidr other = random(random, 8);
            List<Cidr> left = block.without(other);
            for (int last = 0; last < 256; last++) {
                Cidr address = Cidr.parse("10.0.0." + last);
                long covering =
                        left.stream().filter(part -> part.contains(address)).count();
                assertThat(covering)
                        .as("%s without %s at %s", block, other, address)
                        .isEqualTo(block.contains(address) && !other.contains(address) ? 1 : 0);
            }
        }
    }

    /** A block among the 2^bits addresses from 10.0.0.0 on. */
    private static Cidr random(Random random, int bits) {
        return Cidr.parse("10.0.0.%d/%d".formatted(random.nextInt(256), 32 - random.nextInt(bits + 1)));
    }

    private static List<String> without(String block, String other) {
        return Cidr.parse(block).without(Cidr.parse(other)).stream()
                .map(Cidr::toString)
                .toList();
    }
}
