package dev.hyperfleet.guest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionGreetingTest {
    private final List<String> seen = new ArrayList<>();

    /** Stands in for gRPC: records its notifications, in order. */
    private final EmbeddedChannel channel =
            new EmbeddedChannel(new SessionGreeting(new Random(1)), new ChannelInboundHandlerAdapter() {
                @Override
                public void channelActive(ChannelHandlerContext context) {
                    seen.add("active");
                }

                @Override
                public void channelRead(ChannelHandlerContext context, Object message) {
                    ByteBuf piece = (ByteBuf) message;
                    if (piece.isReadable()) {
                        seen.add(piece.toString(US_ASCII));
                    }
                    piece.release();
                }
            });

    private final String greeting = sent();

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void theGreetingIsALineWithThirtyTwoDigits() {
        assertThat(greeting).matches("hyperfleet-session-1 [0-9a-f]{32}\n");
    }

    @Test
    void gRpcIsToldOfTheConnectionOnlyWhenTheAgentHasAnswered() {
        assertThat(seen).isEmpty();
        receive(greeting);
        assertThat(seen).containsExactly("active");
    }

    @Test
    void whatFollowsTheAnswerGoesOnAndWhatComesBeforeDoesNot() {
        receive("left over from before" + greeting + "first");
        receive("second");
        assertThat(seen).containsExactly("active", "first", "second");
    }

    @Test
    void theAnswerIsFoundWhereverItIsCut() {
        String stream = "hyperfleet-session-1 abc" + greeting + "rest";
        for (int cut = 0; cut <= stream.length(); cut++) {
            SessionGreetingTest each = new SessionGreetingTest();
            each.receive(stream.substring(0, cut));
            each.receive(stream.substring(cut));
            assertThat(each.seen.getFirst()).isEqualTo("active");
            assertThat(String.join("", each.seen.subList(1, each.seen.size()))).isEqualTo("rest");
            each.close();
        }
    }

    @Test
    void theAnswerToAnotherGreetingIsLeftOver() {
        receive("hyperfleet-session-1 " + "0".repeat(32) + "\n");
        assertThat(seen).isEmpty();
        receive(greeting);
        assertThat(seen).containsExactly("active");
    }

    @Test
    void twoConnectionsHaveDifferentGreetings() {
        Random random = new Random(1);
        EmbeddedChannel first = new EmbeddedChannel(new SessionGreeting(random));
        EmbeddedChannel second = new EmbeddedChannel(new SessionGreeting(random));
        assertThat(text(first)).isNotEqualTo(text(second));
        first.finishAndReleaseAll();
        second.finishAndReleaseAll();
    }

    private String sent() {
        return text(channel);
    }

    private static String text(EmbeddedChannel channel) {
        ByteBuf outbound = channel.readOutbound();
        try {
            return outbound.toString(US_ASCII);
        } finally {
            outbound.release();
        }
    }

    private void receive(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, US_ASCII));
    }
}
