"""The headings of CVs' sections, in English, German, French, Spanish, Italian, Portuguese, Dutch and Polish.

Written plainly: small letters without accents, "and" for "&" and its like in every language.
"""

from enum import StrEnum


class SectionKind(StrEnum):
    """What a section is about; `TOP` is what stands before the first heading."""

    TOP = "top"
    PERSONAL = "personal"
    SUMMARY = "summary"
    EXPERIENCE = "experience"
    PROJECTS = "projects"
    EDUCATION = "education"
    SKILLS = "skills"
    LANGUAGES = "languages"
    CERTIFICATES = "certificates"
    INTERESTS = "interests"
    REFERENCES = "references"
    PUBLICATIONS = "publications"
    OTHER = "other"


AND = ("und", "et", "y", "e", "en", "i", "oraz", "&", "/")

HEADINGS: dict[SectionKind, str] = {
    SectionKind.PERSONAL: "personal details|personal information|personal data|contact|contact details|"
    "contact information|contact me|persoenliche daten|personliche daten|personalien|kontakt|kontaktdaten|personliches|"
    "donnees personnelles|informations personnelles|etat civil|coordonnees|datos personales|contacto|"
    "informacion personal|dati personali|informazioni personali|contatti|dados pessoais|contato|persoonlijke gegevens|"
    "dane osobowe|dane kontaktowe|kontakty",
    SectionKind.SUMMARY: "profile|summary|about|about me|personal profile|professional profile|professional summary|"
    "career summary|executive summary|career profile|career overview|overview|professional overview|"
    "summary of qualifications|qualifications summary|objective|career objective|professional objective|"
    "personal statement|in brief|in short|introduction|profile summary|resume summary|"
    "profil|kurzprofil|uber mich|zur person|zusammenfassung|profil professionnel|a propos|a propos de moi|"
    "objectif|objectif professionnel|perfil|perfil profesional|resumen|resumen profesional|sobre mi|objetivo|"
    "profilo|profilo professionale|sommario|perfil profissional|resumo|resumo profissional|sobre mim|"
    "profiel|samenvatting|over mij|"
    "what i do|who i am|at a glance|bio|biography|career summary and objective|"
    "podsumowanie|podsumowanie zawodowe|profil zawodowy|o mnie|cel zawodowy",
    SectionKind.EXPERIENCE: "experience|work experience|professional experience|employment|employment history|"
    "employment experience|employment record|career|career history|work history|job history|professional history|"
    "professional background|relevant experience|relevant work experience|relevant professional experience|"
    "additional experience|other experience|other work experience|previous experience|recent experience|"
    "teaching experience|clinical experience|research experience|industry experience|military experience|"
    "leadership experience|practical experience|nursing experience|legal experience|freelance experience|"
    "current position|current positions|previous positions|current employment|past positions|"
    "work and research experience|experience and projects|internships|internship experience|internship|"
    "professional experiences|work experiences|positions|positions held|practice|previous employment|"
    "assignments|engagements|posts|posts held|teaching posts|teaching positions|career to date|"
    "jobs|past jobs|appointments|academic appointments|academic positions|employment details|"
    "berufserfahrung|berufserfahrungen|berufliche erfahrung|beruflicher werdegang|berufliche stationen|werdegang|"
    "berufspraxis|praxiserfahrung|praktische erfahrung|arbeitserfahrung|berufstatigkeit|berufliche tatigkeit|"
    "berufliche tatigkeiten|beruflicher hintergrund|berufliche laufbahn|praktika|nebenjobs|nebentatigkeiten|berufsweg|"
    "berufliche erfahrungen|bisherige tatigkeiten|berufliche praxis|"
    "experience professionnelle|experiences professionnelles|experiences|parcours professionnel|parcours|"
    "experiencia|experiencia laboral|experiencia profesional|trayectoria profesional|historial laboral|"
    "esperienza|esperienze|esperienza lavorativa|esperienze lavorative|esperienza professionale|"
    "esperienze professionali|experiencia profissional|experiencias profissionais|historico profissional|"
    "werkervaring|ervaring|loopbaan|"
    "experience and clients|clients and roles|roles|employment and experience|work|where i have worked|"
    "doswiadczenie|doswiadczenie zawodowe|przebieg kariery|kariera zawodowa|praktyki|staze|zatrudnienie",
    SectionKind.PROJECTS: "projects|selected projects|project history|project experience|freelance projects|"
    "key projects|personal projects|academic projects|"
    "projekte|ausgewahlte projekte|projekthistorie|projektliste|projekterfahrung|projets|proyectos|progetti|projetos|"
    "projecten|"
    "project details|projects handled|projects undertaken|major projects|side projects|"
    "projekty",
    SectionKind.EDUCATION: "education|education and training|education and qualifications|education and certifications|"
    "education and certificates|education and professional development|academic background|academic history|"
    "academic qualifications|academic qualification|educational background|educational qualifications|"
    "educational qualification|academic education|academic details|education details|educational details|"
    "academics|academic profile|academic credentials|academic record|qualifications|studies|training and education|"
    "ausbildung|bildung|bildungsweg|schulbildung|studium|ausbildung and studium|studium and ausbildung|"
    "akademische ausbildung|akademischer werdegang|schulische ausbildung|hochschulbildung|bildungsgang|"
    "berufsausbildung|schulausbildung|schule|schule and ausbildung|schule and studium|hochschulstudium|"
    "school|schooling|"
    "aus and weiterbildung|qualifikationen|formation|formations|formation academique|etudes|diplomes|"
    "formation and diplomes|diplomes and formations|scolarite|cursus|formacion|formacion academica|educacion|estudios|"
    "titulacion|istruzione|istruzione and formazione|formazione|titoli di studio|formacao|formacao academica|educacao|"
    "escolaridade|opleiding|opleidingen|onderwijs|"
    "wykształcenie|edukacja|studia|nauka",
    SectionKind.SKILLS: "skills|technical skills|key skills|core skills|top skills|professional skills|skill set|"
    "keywords|key words|stichworte|schlagworte|mots cles|palabras clave|parole chiave|palavras chave|trefwoorden|"
    "skillset|skill highlights|highlights|core qualifications|key competencies|key competences|competences|"
    "core competencies|core competences|competencies|technologies|tools|expertise|areas of expertise|"
    "skills and tools|tools and methods|skills and expertise|skills and technologies|skills and abilities|"
    "skills and competences|methods and tools|software|software skills|stack|tech stack|technology stack|"
    "technical expertise|technical proficiencies|technical competencies|technical summary|technical knowledge|"
    "computer skills|computer knowledge|it skills|digital skills|soft skills|hard skills|personal skills|"
    "job related skills|communication skills|organisational skills|organisational and managerial skills|"
    "specialties|specialisms|strengths|abilities|additional skills|other skills|relevant skills|clinical skills|"
    "kenntnisse|fahigkeiten|kompetenzen|kernkompetenzen|fachkenntnisse|it kenntnisse|edv kenntnisse|"
    "technische kenntnisse|besondere kenntnisse|kenntnisse and fahigkeiten|fahigkeiten and kenntnisse|technologien|"
    "werkzeuge|schwerpunkte|starken|edv|fachliche kompetenzen|"
    "competences|competences techniques|competences professionnelles|competences cles|savoir faire|"
    "informatique|outils|competences informatiques|competencias|habilidades|aptitudes|conocimientos|"
    "conocimientos tecnicos|conocimientos informaticos|informatica|competenze|competenze tecniche|capacita|"
    "competenze informatiche|vaardigheden|competenties|"
    "skills matrix|skill matrix|computing|computing skills|"
    "software knowledge|computer proficiency|software proficiency|tool kit|toolkit|toolbox|"
    "umiejetnosci|kompetencje|kwalifikacje|umiejetnosci techniczne|kluczowe umiejetnosci|technologie|narzedzia",
    SectionKind.LANGUAGES: "languages|language|language skills|language proficiency|language knowledge|"
    "languages spoken|spoken languages|foreign languages|languages known|linguistic skills|"
    "sprachen|sprachkenntnisse|fremdsprachen|"
    "langues|langues etrangeres|competences linguistiques|idiomas|lingue|lingue straniere|competenze linguistiche|"
    "linguas|talen|talenkennis|"
    "jezyki|jezyki obce|znajomosc jezykow|znajomosc jezykow obcych",
    SectionKind.CERTIFICATES: "certificates|certifications|certification|professional certifications|"
    "certificates and courses|courses and certificates|courses and certifications|certifications and courses|"
    "certifications and training|training and certifications|trainings and certifications|certificates and training|"
    "licenses and certifications|licences and certificates|licences and certifications|certifications and licenses|"
    "certificates and licenses|certificates and licences|certifications and licences|licences|licenses|"
    "professional licenses|licensure|licensure and certifications|registrations|professional registrations|"
    "registration and licences|accreditations|credentials|certifications and awards|"
    "professional qualifications|tickets|"
    "zertifikate|zertifizierungen|zertifikate and weiterbildungen|weiterbildungen and zertifikate|"
    "weiterbildung and zertifikate|scheine|zertifikate and kurse|"
    "certificats|habilitations|certificaciones|certificados|certificaciones and cursos|certificazioni|certificati|"
    "certificacoes|certificaten|certificeringen|"
    "certs|professional certs|licenses and certs|certyfikaty|certyfikaty and kursy|kursy and certyfikaty|uprawnienia",
    SectionKind.INTERESTS: "interests|hobbies|personal interests|hobby|leisure|leisure activities|pastimes|free time|"
    "hobbys|interessen|freizeit|centres d'interet|loisirs|intereses|aficiones|interessi|interesses|hobby's|"
    "outside work|outside of work|away from work|beyond work|life outside work|when i am not working|"
    "when i'm not working|"
    "zainteresowania|hobby and zainteresowania|czas wolny",
    SectionKind.REFERENCES: "references|referees|references available|referenzen|referencias|referenze|referenties|"
    "referencje",
    SectionKind.PUBLICATIONS: "working papers|work in progress|preprints|theses|"
    "publications|selected publications|peer reviewed publications|papers|articles|"
    "books|book chapters|bibliography|writing|writings|patents|publications and patents|"
    "talks|invited talks|conference talks|conference papers|conference presentations|conferences|presentations|"
    "speaking|speaking engagements|public speaking|talks and publications|publications and talks|lectures|posters|"
    "veroffentlichungen|publikationen|vortrage|publications scientifiques|communications|publicaciones|"
    "ponencias|pubblicazioni|publicacoes|publicaties|publikacje|wystapienia",
    SectionKind.OTHER: "job related training|courses|training|trainings|coursework|teaching|research|"
    "research interests|grants|"
    "supervision|outreach|portfolio|relevant coursework|"
    "further training|awards|honors|honours|honors and awards|"
    "honours and awards|honors awards|awards and honors|awards and achievements|achievements|accomplishments|"
    "key achievements|volunteering|volunteer experience|volunteer work|voluntary work|community service|"
    "activities|extracurricular activities|"
    "memberships|affiliations|professional affiliations|professional memberships|availability|other|"
    "additional information|further information|military service|driving licence|"
    "driving license|drivers license|professional development|declaration|mobility|"
    "weiterbildung|weiterbildungen|fortbildungen|fortbildung|seminare|"
    "auslandsaufenthalte|auslandserfahrung|ehrenamt|"
    "ehrenamtliches engagement|engagement|"
    "verfugbarkeit|mitgliedschaften|auszeichnungen|sonstiges|fuhrerschein|"
    "divers|otros|otros datos|voluntariado|altro|patente|outros|"
    "community|community involvement|community engagement|board memberships|professional membership|membership|"
    "szkolenia|kursy|dodatkowe informacje|osiagniecia|wolontariat|prawo jazdy",
}

KIND_OF_HEADING = {heading: kind for kind, names in HEADINGS.items() for heading in names.split("|")}
KIND_OF_JOINED = {heading.replace(" ", ""): kind for heading, kind in KIND_OF_HEADING.items()}
"""Headings whose letters are spaced have no blanks that could be told."""
KIND_OF_LAST_WORD = {
    word: kind
    for kind, words in {
        SectionKind.EXPERIENCE: "employment experience",
        SectionKind.SKILLS: "competencies expertise knowledge proficiencies proficiency skills",
        SectionKind.EDUCATION: "education qualifications",
        SectionKind.CERTIFICATES: "certificates certifications licences licenses",
        SectionKind.PUBLICATIONS: "presentations publications talks",
        SectionKind.INTERESTS: "hobbies interests",
        SectionKind.OTHER: "achievements activities affiliations awards honours honors membership memberships",
    }.items()
    for word in words.split()
}
"""What a heading in capitals is about that no list knows."""
NO_HEADING = "customer experience|user experience"
LONGEST_UNKNOWN = 4
ADJECTIVES = (
    "academic additional clinical core current earlier essential executive further general industry interim key main "
    "major my other past personal practical previous professional recent relevant selected specialist technical work"
)
BEFORE_A_HEADING = frozenset(ADJECTIVES.split())
FIELDS_OF_WORK = (
    "administrative banking business civilian consulting corporate engineering field from home hospitality hotel "
    "international it management office remote retail sales software supervisory voluntary volunteer"
)
BEFORE_EXPERIENCE = BEFORE_A_HEADING | frozenset(FIELDS_OF_WORK.split())
"""Before "experience" alone: "user experience" is no heading."""
SAYS_LITTLE = (SectionKind.OTHER, SectionKind.PUBLICATIONS, SectionKind.INTERESTS, SectionKind.REFERENCES)


def kind_of_heading(plain: str) -> SectionKind | None:
    """The kind of a heading written plainly; also of one with an adjective, and of two joined by "and".

    Of two the first decides ("education and skills" begin with the education), unless it says little.
    """
    first, joined, second = plain.partition(" and ")
    whole = KIND_OF_HEADING.get(plain) or _with_adjectives(plain)
    if whole or not joined:
        return whole
    kinds = (_with_adjectives(first), _with_adjectives(second))
    if not all(kinds):
        return None
    return next((kind for kind in kinds if kind not in SAYS_LITTLE), kinds[0])


def kind_of_capitals(plain: str) -> SectionKind | None:
    """The kind of what is written in capitals, of two to four words, by its last: "SOFTWARE KNOWLEDGE"."""
    words = plain.split()
    is_heading = 1 < len(words) <= LONGEST_UNKNOWN and plain not in NO_HEADING.split("|")
    return KIND_OF_LAST_WORD.get(words[-1]) if is_heading else None


def _with_adjectives(plain: str) -> SectionKind | None:
    words = plain.split()
    if len(words) > 1 and words[-1] == "experience" and BEFORE_EXPERIENCE.issuperset(words[:-1]):
        return SectionKind.EXPERIENCE
    while len(words) > 1 and words[0] in BEFORE_A_HEADING and " ".join(words) not in KIND_OF_HEADING:
        words = words[1:]
    return KIND_OF_HEADING.get(" ".join(words))
