// French sentences of the reason words; see en.ts for how they are written.

import type { Reason } from '../contract/reason.ts';

export const french = {
  'unknown-nas':
    'Une demande est venue d’une adresse absente de la table NAS ; ajoutez ce concentrateur avec son secret, ou bloquez l’adresse.',
  'packet-too-short': 'Un datagramme était plus court qu’un paquet RADIUS ; vérifiez ce qui envoie vers ce port.',
  'packet-length-wrong':
    'La longueur inscrite dans un paquet RADIUS ne correspond pas au datagramme ; vérifiez le concentrateur et si des datagrammes sont tronqués en chemin.',
  'attribute-length-wrong':
    'Un attribut d’un paquet RADIUS a une longueur impossible ; mettez le concentrateur à jour.',
  'too-many-attributes':
    'Un paquet RADIUS portait plus d’attributs qu’aucun concentrateur n’en a besoin ; vérifiez quel système l’a envoyé.',
  'code-not-served':
    'Un paquet RADIUS d’un type que ce port ne traite pas est arrivé ; vérifiez les numéros de port sur le concentrateur.',
  'message-authenticator-missing':
    'Le concentrateur ne signe pas ses demandes ; activez-y Message-Authenticator, ou autorisez ce NAS à s’en passer.',
  'message-authenticator-wrong':
    'La signature d’une demande ne correspond pas ; vérifiez que le secret partagé est le même des deux côtés.',
  'message-authenticator-malformed':
    'Le Message-Authenticator d’une demande ne compte pas 16 octets ; mettez le concentrateur à jour.',
  'message-authenticator-repeated':
    'Une demande portait plus d’un Message-Authenticator ; mettez à jour le concentrateur ou le mandataire intermédiaire.',
  'request-authenticator-wrong':
    'L’authentificateur d’une demande de comptabilité ne correspond pas ; vérifiez que le secret partagé est le même des deux côtés.',
  'proxy-state-unsigned':
    'Une demande est passée par un mandataire sans signature ; activez Message-Authenticator sur le mandataire.',
  'duplicate-in-progress': 'La même demande est déjà en cours de réponse ; il n’y a rien à faire.',
  'credentials-missing':
    'La demande ne contenait aucun moyen de se connecter ; utilisez le profil VPN remis par votre organisation.',
  'credentials-conflicting':
    'La demande contenait deux moyens de se connecter à la fois ; utilisez le profil VPN remis par votre organisation.',
  'password-malformed':
    'Le mot de passe d’une demande est arrivé endommagé ; vérifiez que le secret partagé est le même des deux côtés.',
  'accounting-malformed':
    'Une demande de comptabilité ne dit pas de quelle session il s’agit ; vérifiez les réglages de comptabilité du concentrateur.',
  'authority-silent':
    'Le serveur qui décide pour ce concentrateur ne répond pas ; vérifiez qu’il tourne et connaît cette passerelle comme client.',
  'session-unknown':
    'Cette session n’est pas connue ici ; connectez-vous de nouveau si la connexion ne fonctionne pas.',

  'eap-malformed': 'Un message du client VPN n’a pas pu être lu ; mettez le client VPN à jour.',
  'eap-state-unknown':
    'La connexion est restée trop longtemps en suspens ou la passerelle a redémarré ; connectez-vous de nouveau.',
  'eap-state-other-gateway':
    'La connexion a commencé sur une autre passerelle ; recommencez, et faites garder au concentrateur une seule passerelle par connexion.',
  'eap-state-other-nas': 'La connexion a commencé sur un autre concentrateur ; connectez-vous de nouveau.',
  'eap-identifier-wrong': 'Une réponse ne correspondait pas à la dernière question ; connectez-vous de nouveau.',
  'eap-unexpected':
    'Le client VPN a répondu hors de son tour ; connectez-vous de nouveau, et mettez le client VPN à jour si cela se répète.',
  'eap-method-refused':
    'Le client VPN ne propose pas la connexion par certificat ; choisissez EAP-TLS dans ses réglages.',
  'eap-method-off':
    'Le client VPN demande une manière de se connecter qui est désactivée ici ; utilisez le profil VPN que votre organisation vous a donné.',
  'eap-crypto-binding-wrong':
    'Celui qui s’est connecté n’est pas celui qui tient la connexion protégée ; passez par un autre réseau et prévenez le support.',
  'eap-fragment-malformed':
    'Une partie de la connexion est arrivée endommagée ; connectez-vous de nouveau, et mettez le client VPN à jour si cela se répète.',
  'eap-message-too-large':
    'Le client VPN a envoyé plus que nécessaire ; faites-lui envoyer seulement son certificat et les émetteurs de celui-ci.',
  'eap-too-many-rounds':
    'La connexion a demandé trop de messages ; réglez de plus grands fragments dans le client VPN et recommencez.',
  'eap-too-slow': 'La connexion a pris trop de temps ; vérifiez l’accès à internet et connectez-vous de nouveau.',
  'eap-too-many-conversations': 'De très nombreuses personnes se connectent en ce moment ; réessayez dans une minute.',
  'tls-handshake-failed':
    'Aucune liaison sécurisée n’a pu être établie ; mettez le client VPN à jour et vérifiez quel certificat y est choisi.',
  'tls-version-refused':
    'Le client VPN et la passerelle n’ont aucune version de TLS en commun ; mettez le client VPN à jour.',
  'tls-alert-from-peer':
    'Le client VPN a interrompu la connexion ; connectez-vous de nouveau, et mettez-le à jour si cela n’aide pas.',
  'server-certificate-refused':
    'Le client VPN ne fait pas confiance au certificat de la passerelle ; demandez le bon profil VPN au service d’assistance.',
  'tls-engine-lost': 'La passerelle a perdu cette connexion par sa propre faute ; connectez-vous de nouveau.',

  'certificate-missing':
    'Aucun certificat n’a été présenté ; insérez votre carte ou choisissez votre certificat, et connectez-vous de nouveau.',
  'certificate-malformed': 'Le certificat n’a pas pu être lu ; demandez-en un nouveau au service d’assistance.',
  'certificate-too-large':
    'Le certificat est plus grand que ce que cette passerelle accepte ; demandez-en un autre au service d’assistance.',
  'certificate-chain-too-long':
    'Le certificat est venu avec trop d’émetteurs ; faites envoyer au client VPN seulement les émetteurs de ce certificat.',
  'certificate-anchor-unknown':
    'L’émetteur du certificat n’est pas reconnu ici ; choisissez le certificat que votre organisation attend.',
  'certificate-issuer-refused':
    'Un émetteur du certificat n’était pas habilité à l’émettre ; demandez un autre certificat au service d’assistance.',
  'certificate-signature-wrong':
    'Le certificat ou l’un de ses émetteurs ne porte pas la bonne signature ; demandez un autre certificat au service d’assistance.',
  'certificate-not-yet-valid':
    'Le certificat n’est pas encore valable ; attendez son premier jour ou demandez conseil au service d’assistance.',
  'certificate-expired': 'Le certificat a expiré ; renouvelez-le ou demandez au service d’assistance comment faire.',
  'certificate-revoked': 'Le certificat a été révoqué ; demandez-en un nouveau à son émetteur.',
  'certificate-on-hold': 'Le certificat est suspendu ; demandez à son émetteur de lever la suspension.',
  'certificate-usage-wrong':
    'Ce certificat ne sert pas à se connecter ; choisissez votre certificat d’authentification et recommencez.',
  'certificate-purpose-wrong':
    'Ce certificat a été émis pour un autre usage ; choisissez le certificat que votre organisation attend.',
  'certificate-policy-wrong':
    'Ce type de certificat n’est pas accepté ici ; choisissez le certificat que votre organisation attend.',
  'certificate-subject-wrong':
    'Le nom dans le certificat n’a pas la forme attendue ; demandez un autre certificat au service d’assistance.',
  'certificate-key-weak':
    'La clé du certificat est devenue trop faible ; demandez un nouveau certificat au service d’assistance.',
  'certificate-hash-weak':
    'La signature du certificat utilise une méthode dépassée ; demandez un nouveau certificat au service d’assistance.',
  'certificate-extension-unknown':
    'Le certificat contient une condition que cette passerelle ne connaît pas ; demandez un autre certificat au service d’assistance.',
  'revocation-unknown':
    'La passerelle ne peut pas vérifier en ce moment si le certificat est encore valable ; réessayez dans quelques minutes.',
  'identifier-missing':
    'Le certificat ne contient pas le numéro nécessaire ici ; choisissez le certificat que votre organisation attend.',
  'identifier-checksum-wrong':
    'Le numéro dans le certificat n’est pas cohérent ; demandez au service d’assistance d’examiner le certificat.',
  'person-too-young':
    'L’âge minimum pour cet accès n’est pas atteint ; demandez une autre voie au service d’assistance.',
  'ticket-unknown': 'Cette connexion à usage unique n’est pas connue ; connectez-vous de nouveau depuis l’agent.',
  'ticket-secret-wrong':
    'La connexion à usage unique est arrivée incomplète ; connectez-vous de nouveau depuis l’agent.',
  'ticket-expired': 'La connexion à usage unique a expiré ; connectez-vous de nouveau depuis l’agent.',
  'ticket-used': 'La connexion à usage unique a déjà servi ; connectez-vous de nouveau depuis l’agent.',
  'password-wrong':
    'Le nom d’utilisateur et le mot de passe ne vont pas ensemble ; tapez-les et connectez-vous de nouveau.',
  'second-factor-missing':
    'Un second facteur est nécessaire ici ; configurez une application d’authentification comme le décrit votre organisation.',
  'second-factor-wrong':
    'Le code du second facteur n’est pas le bon ; vérifiez l’heure de votre téléphone et tapez le code qu’il affiche maintenant.',
  'second-factor-replayed':
    'Le code du second facteur a déjà servi ; attendez que votre téléphone affiche le suivant et tapez celui-là.',
  'login-locked':
    'La connexion avec ce nom a échoué trop souvent ; attendez un quart d’heure et reconnectez-vous de votre lieu habituel.',
  'password-path-refused':
    'Un mot de passe ne peut pas passer par ce chemin ; reliez le concentrateur à la passerelle par RADIUS avec TLS ou par IPsec.',
  'password-method-refused':
    'Un mot de passe ne peut pas être vérifié tel que ce VPN l’envoie ; connectez-vous depuis l’agent, ou réglez le concentrateur sur PAP ou EAP.',

  'report-too-large':
    'Le rapport sur cet ordinateur est plus grand que ce que la passerelle accepte ; mettez l’agent à jour.',
  'report-too-deep': 'Le rapport sur cet ordinateur est imbriqué trop profondément ; mettez l’agent à jour.',
  'report-malformed': 'Le rapport sur cet ordinateur n’a pas pu être lu ; mettez l’agent à jour.',
  'report-schema-wrong': 'Le rapport sur cet ordinateur n’a pas la forme convenue ; mettez l’agent à jour.',
  'report-signature-wrong':
    'Le rapport sur cet ordinateur n’est pas signé avec sa propre clé ; faites réinscrire l’agent par le service d’assistance.',
  'report-device-mismatch':
    'Le rapport concerne un autre ordinateur que celui qui l’a envoyé ; faites réinscrire l’agent par le service d’assistance.',
  'report-sequence-old':
    'Un rapport plus récent sur cet ordinateur est déjà arrivé ; relancez la vérification dans l’agent.',
  'nonce-unknown':
    'L’agent a répondu à une question que cette passerelle n’a pas posée ; relancez la vérification dans l’agent.',
  'nonce-expired': 'L’agent a répondu trop tard ; relancez la vérification dans l’agent.',
  'nonce-used': 'L’agent a répondu deux fois à la même question ; relancez la vérification dans l’agent.',
  'channel-binding-wrong':
    'La réponse était faite pour une autre liaison ; relancez la vérification, sans rien entre les deux qui ouvre TLS.',
  'session-key-unproven':
    'La clé de cette liaison n’a pas été confirmée par l’ordinateur ; relancez la connexion dans l’agent.',
  'session-key-expired': 'La clé de cette liaison a expiré ; relancez la connexion dans l’agent.',
  'proof-malformed': 'La preuve d’identité n’a pas pu être lue ; mettez l’agent à jour.',
  'proof-signature-wrong':
    'La preuve d’identité n’est pas signée avec la carte présentée ; identifiez-vous de nouveau.',
  'too-many-requests': 'L’agent a demandé trop souvent ; attendez une minute et relancez la vérification.',
  'device-waiting':
    'Personne n’a encore décidé pour cet ordinateur ; donnez son code au helpdesk et redemandez plus tard.',
  'acceptance-outdated': 'Ce texte a changé entre-temps ou n’est plus demandé ; lisez le texte actuel et acceptez-le.',
  'identity-proof-missing':
    'Personne ne s’est identifié avec une carte d’identité sur ce portable au cours des dix dernières minutes ; insérez la carte et réessayez.',

  'report-missing': 'Rien n’est encore connu de cet ordinateur ; démarrez l’agent et lancez la vérification.',
  'report-stale':
    'Le dernier rapport sur cet ordinateur est trop ancien ; démarrez l’agent et relancez la vérification.',
  'policy-gap':
    'Aucune règle d’accès ne vaut pour cette personne et cet ordinateur ; demandez à l’administrateur d’en ajouter une.',
  'policy-overlap':
    'Plus d’une règle d’accès vaut pour cette personne et cet ordinateur ; demandez à l’administrateur de dire laquelle compte.',
  'segment-untold':
    'Ce VPN ne peut pas isoler cet ordinateur pendant sa réparation ; utilisez un autre VPN ou demandez à l’administrateur.',
  'requirement-failed':
    'Cet ordinateur ne remplit pas encore une exigence ; l’agent montre laquelle et comment y remédier.',
  'requirement-unknown':
    'On n’a pas pu établir si cet ordinateur remplit une exigence ; relancez la vérification dans l’agent.',
  'device-stolen': 'Cet ordinateur est enregistré comme volé ; appelez le service d’assistance.',
  'device-retired':
    'Cet ordinateur est enregistré comme hors service ; demandez au service d’assistance de le remettre en service.',
  'device-unregistered':
    'Cet ordinateur n’est pas encore enregistré ; demandez au service d’assistance de l’enregistrer.',
  'binding-too-weak':
    'La connexion doit être liée plus fermement à cet ordinateur ; connectez-vous depuis l’agent sur l’ordinateur même.',
  'unadmitted-session':
    'Le concentrateur signale une connexion que cette passerelle n’a jamais admise ; mettez-y fin et cherchez qui l’a admise.',
  'session-limit-reached': 'La connexion a atteint la durée permise ; reconnectez-vous.',

  'token-wrong':
    'Le jeton manque ou ne convient pas ; envoyez le jeton de cette passerelle dans « Authorization: Bearer … ».',
  'request-malformed': 'La demande est mal formulée ; vérifiez les noms et les valeurs.',
  'record-unknown': 'Aucune décision ne porte ce numéro ou ce code de dossier ; vérifiez le code.',
  'address-unknown': 'Il n’y a rien à cette adresse ; vérifiez-la.',
  'right-missing':
    'Cet opérateur ne peut pas faire cela ; demandez le droit à qui gère la configuration de la passerelle.',
  'reason-missing': 'Aucune raison n’est donnée ; dites pourquoi en dix caractères au moins.',
  'act-not-configured': 'Cette passerelle n’est pas configurée pour cela ; vérifiez la configuration.',
  'session-ended': 'Cette session est déjà terminée ; il n’y a plus rien à faire.',
  'person-unknown': 'L’annuaire ne connaît personne sous ce pseudonyme ; vérifiez le pseudonyme.',
  'nas-unknown': 'Aucun concentrateur ne porte ce nom ; vérifiez le nom.',
  'trace-unknown': 'Cette trace est terminée ou appartient à un autre opérateur ; commencez-en une nouvelle.',
  'nothing-waits': 'Aucune modification de règles n’attend un opérateur ; regardez l’état de la politique.',
  'no-earlier-policy':
    'Aucune politique antérieure à celle-ci n’est connue ici ; publiez à nouveau une version précédente.',
  'replay-unknown':
    'Cette simulation est inconnue, date de plus d’une heure ou n’est pas terminée ; lancez-en une nouvelle.',
  'device-unknown':
    'Aucun appareil avec cette clé n’a été vu ici ; vérifiez la clé dans la liste de ceux qui attendent.',
  'second-factor-active':
    'Cette personne utilise déjà un second facteur ; dites expressément qu’un nouveau doit le remplacer.',

  'try-again': 'La passerelle ne peut pas répondre en ce moment et n’a rien décidé ; réessayez dans quelques minutes.',
  'login-rate':
    'Le client VPN s’est connecté de nombreuses fois en une minute ; fermez-le, attendez une minute et réessayez.',
  'store-unavailable': 'La passerelle ne peut pas atteindre sa mémoire en ce moment ; réessayez dans quelques minutes.',
  'directory-unavailable':
    'La passerelle ne peut pas atteindre l’annuaire en ce moment ; réessayez dans quelques minutes.',
  overloaded: 'La passerelle est très occupée en ce moment ; réessayez dans une minute.',
  'not-ready': 'La passerelle est encore en train de démarrer ; réessayez dans une minute.',
  'version-conflict': 'La même session a été modifiée ailleurs au même moment ; réessayez.',
  'reply-too-large':
    'La réponse ne tient pas dans un seul paquet RADIUS ; faites abréger par l’administrateur ce que la règle envoie.',
} as const satisfies Record<Reason, string>;
