package dev.hyperfleet.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.machine.VmmExit;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The server's side of protocol/guest/v1/channel.json; the agent's is channel_test.go beside it. */
class AgreedChannelTest {
    private final JsonNode agreed =
            JsonMapper.shared().readTree(Path.of("..", "protocol", "guest", "v1", "channel.json"));

    @Test
    void theServerSpeaksTheVersionOfTheProtocol() {
        assertThat(GrpcGuest.PROTOCOL_VERSION)
                .isEqualTo(agreed.get("protocol_version").asInt());
    }

    @Test
    void theServerGreetsAsAgentsExpect() {
        assertThat(SessionGreeting.GREETING)
                .isEqualTo(agreed.get("session_greeting").asString());
        assertThat(2 * SessionGreeting.NONCE_BYTES)
                .isEqualTo(agreed.get("session_nonce_digits").asInt());
    }

    @Test
    void theServerRecognizesABootThatIsWorthRepeating() {
        String console = "quiet\n" + agreed.get("spoilt_boot").asString() + ": why\n";
        assertThat(new VmmExit(0, Optional.empty(), false, Optional.empty(), Optional.empty(), console, "")
                        .isSpoiltBoot())
                .isTrue();
    }
}
