package dev.hyperfleet.guest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/**
 * Begins a session on a virtio-serial port, before gRPC sees the connection: sends a line that the agent repeats, and
 * drops the bytes before it, which belong to an earlier session. See agent/channel/listener.go.
 */
final class SessionGreeting extends ChannelInboundHandlerAdapter {
    static final String GREETING = "hyperfleet-session-1 ";
    static final int NONCE_BYTES = 16;

    /** Data of an earlier session is never longer; a flood is cut off. */
    private static final int MAX_LEFTOVERS = 1 << 20;

    private final byte[] greeting;
    private final ByteBuf received = Unpooled.buffer();
    private int searched;

    SessionGreeting(RandomGenerator random) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        greeting = (GREETING + HexFormat.of().formatHex(nonce) + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        // gRPC is not notified yet that the channel is active, so that it begins after the response.
        var _ = context.writeAndFlush(Unpooled.wrappedBuffer(greeting)).addListener(written -> {
            if (!written.isSuccess()) {
                var _ = context.close();
            }
        });
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws IOException {
        ByteBuf piece = (ByteBuf) message;
        received.writeBytes(piece);
        piece.release();
        int end = endOfGreeting();
        if (end < 0) {
            if (received.readableBytes() > MAX_LEFTOVERS) {
                var _ = context.close();
                throw new IOException("the agent sends, but does not answer the greeting");
            }
            return;
        }
        received.readerIndex(end);
        ByteBuf rest = received.readBytes(received.readableBytes());
        context.fireChannelActive();
        context.fireChannelRead(rest);
        context.pipeline().remove(this);
    }

    private int endOfGreeting() {
        for (int at = searched; at + greeting.length <= received.writerIndex(); at++) {
            if (isGreetingAt(at)) {
                return at + greeting.length;
            }
            searched = at + 1;
        }
        return -1;
    }

    private boolean isGreetingAt(int at) {
        for (int index = 0; index < greeting.length; index++) {
            if (received.getByte(at + index) != greeting[index]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        received.release();
    }
}
