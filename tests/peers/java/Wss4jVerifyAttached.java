import java.nio.file.Path;

/**
 * Checks, as {@link Wss4jVerify} does, the Security header of one message with attachments: AUTHORITIES FOLDER FILE,
 * where FOLDER holds each attachment in a file of its Content-ID's name, and FILE is the envelope.
 */
final class Wss4jVerifyAttached {
    public static void main(String[] arguments) throws Exception {
        AttachmentContent.read(Path.of(arguments[1]));
        Wss4jVerify.main(new String[] {arguments[0], arguments[2]});
    }
}
