package dev.hyperfleet.server;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import dev.hyperfleet.core.SafeText;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** Events for people at a terminal, which no text in them can control: time, level, message, then the fields. */
final class TextLog extends EncoderBase<ILoggingEvent> {
    private static final byte[] NOTHING = {};
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneId.systemDefault());

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(
                "%s %-5s %s".formatted(TIME.format(event.getInstant()), event.getLevel(), event.getFormattedMessage()));
        LogFields.of(event)
                .forEach((name, value) ->
                        line.append("  ").append(name).append('=').append(value));
        StringBuilder text = new StringBuilder(SafeText.line(line.toString())).append('\n');
        LogFields.exception(event)
                .ifPresent(trace -> trace.lines()
                        .forEach(one ->
                                text.append("    ").append(SafeText.line(one)).append('\n')));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }
}
