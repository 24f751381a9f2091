import java.nio.file.Path;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import org.apache.ws.security.WSConstants;
import org.apache.ws.security.WSPasswordCallback;
import org.apache.ws.security.WSSConfig;
import org.apache.ws.security.components.crypto.Merlin;

/**
 * Checks the Security header of each file as Wss4jVerify does, and a username token in it by the user's password, which
 * must be a digest: AUTHORITIES USER PASSWORD FILE...
 */
final class Wss4jVerifyUser {
    public static void main(String[] arguments) throws Exception {
        WSSConfig.init();
        Merlin crypto = Wss4jVerify.trusting(Path.of(arguments[0]));
        CallbackHandler passwords = callbacks -> {
            for (Callback callback : callbacks) {
                if (callback instanceof WSPasswordCallback asked
                        && asked.getIdentifier().equals(arguments[1])
                        && WSConstants.PASSWORD_DIGEST.equals(asked.getType())) {
                    asked.setPassword(arguments[2]);
                }
            }
        };
        for (int i = 3; i < arguments.length; i++) {
            System.out.println(Wss4jVerify.verdict(Inputs.document(Path.of(arguments[i])), crypto, passwords));
        }
    }
}
