"""Words by which titles of work and employers are known, in the languages in which CVs are written."""

import re

from sourcing.patterns import LatePattern

ROLES = LatePattern(
    # English
    r"\b\w*(?:engineer|developer|programmer|architect|designer|manager|lead|leader|head|director|officer|"
    r"executive|chief|"
    r"founder|partner|consultant|adviser|advisor|analyst|scientist|statistician|economist|chemist|biologist|physicist|"
    r"geologist|ecologist|archaeologist|psychologist|researcher|postdoc|fellow|specialist|generalist|expert|"
    r"coordinator|"
    r"organiser|organizer|facilitator|administrator|assistant|associate|clerk|secretary|receptionist|intern|trainee|"
    r"apprentice|student|nurse|doctor|physician|surgeon|dentist|paramedic|radiographer|dietitian|optician|hygienist|"
    r"midwife|therapist|pharmacist|practitioner|counsellor|counselor|monitor|technician|technologist|mechanic|"
    r"machinist|"
    r"electrician|plumber|welder|fabricator|carpenter|joiner|bricklayer|plasterer|roofer|painter|decorator|installer|"
    r"labourer|laborer|foreman|superintendent|supervisor|inspector|surveyor|planner|scheduler|estimator|"
    r"modeller|drafter|"
    r"draughtsman|lawyer|counsel|solicitor|barrister|attorney|paralegal|notary|judge|accountant|bookkeeper|auditor|"
    r"controller|treasurer|banker|broker|trader|underwriter|actuary|cashier|teller|strategist|marketer|editor|writer|"
    r"author|blogger|journalist|reporter|copywriter|proofreader|translator|interpreter|photographer|videographer|"
    r"animator|illustrator|artist|musician|producer|presenter|teacher|headteacher|lecturer|tutor|trainer|coach|mentor|"
    r"professor|librarian|archivist|curator|conservator|restorer|chef|cook|baker|waiter|waitress|bartender|barista|sommelier|housekeeper|"
    r"concierge|farmer|gardener|driver|dispatcher|picker|packer|loader|operator|operative|buyer|seller|merchandiser|"
    r"recruiter|representative|agent|negotiator|ambassador|tester|owner|master|freelancer|freelance|volunteer|worker|"
    r"carer|caregiver|nanny|instructor|deputy|member|cleaner|caretaker|hairdresser|stylist|pilot|captain|firefighter|"
    r"sergeant|dean|principal|president|evaluator|mediator)s?\b"
    r"|\b(?:fitter|guard|aide|attendant|porter|host|hostess|guide|crew|mate|vp|ceo|cto|cfo|coo|dba|sysadmin|sales rep|"
    r"commis|clerk)\b"
    # German
    r"|\b\w*(?:entwickler|berater|leiter|ingenieur|architekt|techniker|mechaniker|mechatroniker|elektriker|"
    r"elektroniker|"
    r"monteur|schlosser|pfleger|therapeut|apotheker|lehrer|erzieher|dozent|wissenschaftler|forscher|mitarbeiter|"
    r"assistent|sachbearbeiter|verkäufer|einkäufer|buchhalter|redakteur|übersetzer|gestalter|planer|prüfer|"
    r"geschäftsführer|praktikant|werkstudent|fahrer|freiberufler|referent|referendar|koordinator|koch|köch|meister|"
    r"gesell|lagerist|disponent|makler|trainer|jurist|anw[aä]lt)(?:[:*/_]?-?(?:in|e))?\b"
    r"|\b(?:\w*(?:arzt|ärztin|kaufmann|kauffrau|leitung|fachkraft|hilfskraft|aushilfe|krankenschwester)"
    r"|auszubildende[r]?|studienr[aä]t(?:in)?)\b"
    # French, Spanish, Italian, Portuguese, Dutch
    r"|\b(?:avocate?|juriste|ingénieure?|développeu(?:r|se)|chef(?:fe)?|responsable|direct(?:eur|rice)|comptable|"
    r"infirmi(?:er|ère)|enseignante?|professeure?|technicien(?:ne)?|conseill(?:er|ère)|vendeu(?:r|se)|stagiaire|"
    r"alternante?|assistante?|cuisini(?:er|ère)|chauffeur|gestionnaire|chargée? de \w+|"
    r"jef[ea]|gerente|ingenier[oa]|desarrollador[a]?|abogad[oa]|enfermer[oa]|profesora?|maestr[oa]|contable|comercial|"
    r"administrativ[oa]|directora?|becari[oa]|analista|encargad[oa]|cociner[oa]|camarer[oa]|vendedora?|"
    r"infermier[ea]|ingegnere|sviluppat(?:ore|rice)|avvocat[oa]|responsabile|impiegat[oa]|tirocinante|docente|"
    r"insegnante|cuoc[oa]|contabile|tecnic[oa]|técnic[oa]|engenheir[oa]|desenvolvedora?|advogad[oa]|enfermeir[oa]|"
    r"professora?|estagiári[oa]|medewerker|verpleegkundige|leraar|docent|adviseur|directeur|ontwikkelaar|stagiair)\b"
    # Polish
    r"|\b\w*(?:programist|specjalist|księgow|konsultan|projektan|nauczyciel|kierowni|pielęgniar|asysten|analityk|"
    r"inżynier|dyrektor|kierowca|mechanik|elektryk|spawacz|kucharz|doradca|prawnik|lekarz|sprzedawca|stażyst|"
    r"praktykant|koordynator|magazynier|handlow)\w{0,4}\b"
)
ORGANISATIONS = LatePattern(
    r"\b(?:gmbh|ag|kg|ltd|limited|inc|llc|llp|plc|corp|corporation|company|group|groupe|holdings?|partners|"
    r"associates|bank|hospital|clinic|klinik(?:um)?|university|universität|université|universidad|college|school|"
    r"institute?|academy|ministry|council|agency|studio|foundation|association|services|solutions|systems|technologies|"
    r"s\.[al]|b\.?v|srl|s\.?p\.?a|various clients|cabinet|self[- ]employed|"
    r"selbst(?:st)?ändig|(?:law )?firm)\b|"
    r"\b(?:lawyers|solicitors|attorneys|architects|consultants|engineers|accountants|surveyors|builders|caterers)$|"
    r"&\s?co\b|\bco\.|\w+(?:krankenhaus|klinik|gymnasium|"
    r"schule|werke)\b"
)
TITLE_LABEL = re.compile(
    r"^(?:role|position(?: held| title)?|job title|title|designation|occupation(?: or position held)?|function|rolle|"
    r"funktion|beruf oder funktion|ausgeübte tätigkeit|poste(?: occupé)?|fonction|puesto|cargo|ruolo|functie)\s*"
    r"(?::|\||\s{3,}(?![\s\u2013\u2014-]))\s*(?P<said>.+)",
    re.IGNORECASE,
)
EMPLOYER_LABEL = re.compile(
    r"^(?:client|company(?: name)?|employer|organi[sz]ation|name (?:and address )?of (?:the )?employer|kunde|"
    r"arbeitgeber|firma|unternehmen|entreprise|employeur|empresa|cliente|azienda|werkgever)\s*"
    r"(?::|\||\s{3,}(?![\s\u2013\u2014-]))\s*(?P<said>.+)",
    re.IGNORECASE,
)
OTHER_LABEL = re.compile(r"^[^\W\d_][\w /&-]{1,30}:\s")
