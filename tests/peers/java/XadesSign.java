import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.xml.crypto.XMLStructure;
import javax.xml.crypto.dom.DOMStructure;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLObject;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfo;
import javax.xml.crypto.dsig.keyinfo.KeyInfoFactory;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * Signs a receipt with the JDK's own XML signatures (javax.xml.crypto): KEY CERTIFICATE RECEIPT PROPERTIES PLACE ALGORITHM DIGEST
 * C14N OUTPUT. PROPERTIES is the QualifyingProperties of the signature G-1, with the id P-1; the receipt's id is S-1.
 */
final class XadesSign {
    private static final String SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties";

    public static void main(String[] arguments) throws Exception {
        PrivateKey key = Inputs.key(Path.of(arguments[0]), "RSA");
        X509Certificate certificate = Inputs.certificates(Path.of(arguments[1])).get(0);
        Element receipt = Inputs.document(Path.of(arguments[2])).getDocumentElement();
        String place = arguments[4];
        XMLSignatureFactory factory = XMLSignatureFactory.getInstance("DOM");
        CanonicalizationMethod canonical =
                factory.newCanonicalizationMethod(arguments[7], (C14NMethodParameterSpec) null);
        DigestMethod digest = factory.newDigestMethod(arguments[6], null);

        List<Transform> steps = new ArrayList<>();
        if (place.equals("enveloped")) {
            steps.add(factory.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null));
        }
        steps.add(factory.newTransform(arguments[7], (TransformParameterSpec) null));
        Transform step = factory.newTransform(arguments[7], (TransformParameterSpec) null);
        String uri = place.equals("enveloped") ? "" : place.equals("enveloping") ? "#O-1" : "#S-1";
        String type = place.equals("enveloping") ? "http://www.w3.org/2000/09/xmldsig#Object" : null;
        Reference data = factory.newReference(uri, digest, steps, type, null);
        Reference signed = factory.newReference("#P-1", digest, List.of(step), SIGNED_PROPERTIES, null);

        Document document = receipt.getOwnerDocument();
        Node parent = receipt;
        if (place.equals("detached")) {
            document.removeChild(receipt);
            parent = document.appendChild(document.createElementNS("urn:wrap", "w:Bundle"));
            parent.appendChild(receipt);
            receipt.setIdAttribute("Id", true);
        } else if (place.equals("enveloping")) {
            document.removeChild(receipt);
            parent = document;
        }
        Element properties = (Element) document.importNode(
                Inputs.document(Path.of(arguments[3])).getDocumentElement(), true);
        List<XMLObject> objects = new ArrayList<>();
        if (place.equals("enveloping")) {
            List<XMLStructure> content = List.of(new DOMStructure(receipt));
            objects.add(factory.newXMLObject(content, "O-1", null, null));
        }
        objects.add(factory.newXMLObject(List.of((XMLStructure) new DOMStructure(properties)), null, null, null));
        ((Element) properties.getFirstChild()).setIdAttribute("Id", true);

        KeyInfoFactory keys = factory.getKeyInfoFactory();
        KeyInfo named = keys.newKeyInfo(List.of(keys.newX509Data(List.of(certificate))));
        DOMSignContext context = new DOMSignContext(key, parent);
        context.setDefaultNamespacePrefix("ds");
        factory.newXMLSignature(
                        factory.newSignedInfo(canonical, factory.newSignatureMethod(arguments[5], null), List.of(data, signed)),
                        named, objects, "G-1", null)
                .sign(context);
        Transformer writer = TransformerFactory.newInstance().newTransformer();
        writer.transform(new DOMSource(document), new StreamResult(Path.of(arguments[8]).toFile()));
    }
}
