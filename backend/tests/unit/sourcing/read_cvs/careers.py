"""CVs of careers that follow no template: academics, soldiers, actors, self-taught people, forms of offices."""

# ruff: noqa: RUF001, E501 - typography and long lines as they come

from tests.unit.sourcing.read_cvs.sample import Sample, Says

ECOLOGIST = """\
Dr. Ingrid Solheim
Associate Professor of Marine Ecology

APPOINTMENTS
2019–            Associate Professor, Department of Biology, University of Bergen
2015–2019        Postdoctoral Researcher, Institute of Marine Research, Tromsø
2011–2015        Doctoral Research Fellow, University of Oslo

EDUCATION
2015  PhD in Marine Biology, University of Oslo
2010  MSc in Biology, University of Oslo

TEACHING
2020–2024  BIO241 Behavioural Ecology (course leader)
2017, 2018  Guest lectures, R for ecologists

GRANTS
2022–2026  Research Council of Norway, 8.2 MNOK (PI)
2018–2019  Travel grant, EuroMarine

PUBLICATIONS
Solheim I, Berg T (2023) Kelp forests and the spring bloom. Journal of Marine Systems 214: 1–12.
Solheim I (2021) R, Python and the rest: software in ecology. Ecol. Lett. 24, 2101–2110.
Hansen P, Solheim I (2018) Go with the flow: larval drift. Mar. Biol. 165.

SKILLS
Statistical modelling in R and Python, GIS, scientific diving, scientific writing

LANGUAGES
Norwegian (native), English (C2), German (A2)
"""

SERGEANT = """\
SSgt (Ret.) Daniel Whitaker
Security and logistics professional

CAREER SUMMARY
Fourteen years of experience in army logistics and close protection.

MILITARY EXPERIENCE
British Army, Royal Logistic Corps
Staff Sergeant, 2017 – 2022
Sergeant, 2012 – 2017
Private to Corporal, 2004 – 2012

CIVILIAN EXPERIENCE
Security Supervisor, Meridian Events Ltd, London, Feb 2023 – current
Risk assessments, CCTV, first aid

TRAINING & CERTIFICATES
SIA Close Protection Licence (2022)
FREC 3 first aid, 2023
IOSH Managing Safely

LANGUAGES
English - native, Arabic - basic, Pashto - some
"""

ACTOR = """\
Björn Hallgren, Actor and Voice Artist

Experience
2023: Lead role in "Kalla", TV4
2021 – 2022  Voice artist, Ljudboken AB
2019  Assistant Director, Dramaten, Stockholm
2016 – 2018  Actor, Riksteatern

Education
2013 – 2016 BFA Acting, Stockholm University of the Arts

Languages: Swedish (native), English (fluent), Danish
"""

AID_WORKER = """\
CURRICULUM VITAE

1. Personal Details
Name: Ifeoma Adichie
Date of birth: 4 March 1988
2. Professional Experience
2.1 Programme Officer, Médecins du Lac, Goma (DRC), January 2020 - to date
   a) Managed EUR 2m of donor funds; reporting to ECHO
   b) Monitoring and evaluation of 14 clinics
2.2 Field Coordinator, Water for All, Juba, May 2016 - December 2019
   a) Logistics and procurement, team of 22
3. Education
3.1 MPH, University of Ibadan, 2015
3.2 BSc Microbiology, University of Lagos, 2010
4. Languages
English (excellent), French (good), Igbo (mother tongue)
5. Referees
Dr. Hans Meier, Head of Finance, SAP administrator
"""

TRAVEL_MARKETING = """\
Personal information
Surname(s) / First name(s)    Kovács, Zsófia
Work experience
Dates    September 2017 onwards
Occupation or position held    Marketing specialist
Name and address of employer    Duna Travel Kft., Budapest
Main activities    Newsletter campaigns, SEO, Google Ads
Dates    June 2015 – August 2017
Occupation or position held    Receptionist
Name and address of employer    Hotel Gellért, Budapest
Education and training
Dates    2011 – 2015
Title of qualification awarded    BA in Tourism
Name and type of organisation    Budapest Business School
Personal skills and competences
Mother tongue(s)    Hungarian
Other language(s)    English, German
English    C1 C1 B2 B2 B2
German    B1 B1 A2 A2 A2
"""

DATABASE_ADMINISTRATOR = """\
Pavel Novotny
Database Administrator

Technical Skills
Skill            Years   Level
Oracle           12      expert
PostgreSQL       5       advanced
Python           3 years  intermediate
Linux            10+ years  expert

Employment
From 3/2015 until today: Senior DBA, Sparkasse IT, Prague
Oracle RAC, Data Guard, Exadata
From 9/2008 until 2/2015: DBA at Telco Czech
Oracle, AIX

Languages
Czech - native speaker
English - upper-intermediate (B2)
Russian - passive
"""

SMALL_LETTERS = """\
jonas wirth
frontend engineer, hamburg

about
i build fast and accessible interfaces. eight years with react.

experience
kiezwerk gmbh – senior frontend engineer (03/2021 to now)
react, typescript, storybook, cypress
buchbar – frontend engineer (10/2018 to 02/2021)
vue.js, webpack

education
hamburg university of applied sciences – bsc media systems (2014 to 2018)

languages
german native, english c1
"""

PRODUCT_DESIGNER = """\
# Noor van Dijk
## Product Designer @ Fietsflow

Amsterdam, NL · noor@example.nl · [portfolio](https://noor.example.nl)

### About
Designer of calm tools. 7 years in B2B software; before that, a bookbinder.

### Experience

**Fietsflow** — *Lead Product Designer*
*Feb 2022 → Present*
- Own the design system (Figma, Storybook)
- User research with 60 fleet managers

**Loket Digital** — *UX Designer*
*Aug 2019 → Jan 2022*
- Wireframes, prototypes and usability tests for municipalities
- Accessibility audits (WCAG 2.1)

**Self-employed** — *Bookbinder*
*2014 → 2019*

### Education
**BSc Industrial Design**, TU Delft (2010–2014)

### Skills
`Figma` `Sketch` `HTML/CSS` `Design systems` `Accessibility`

### Languages
Dutch (native) · English (C1) · German (A2)
"""

SALES_ASSOCIATE = "         SALES ASSOCIATE       Career Overview    Friendly sales associate with experience in retail and food service.      Core Strengths       Cash handling    Inventory control   Bilingual in Spanish/English          Accomplishments      Employee of the month  , May 2014.       Work Experience     Sales Associate     Oct 2013   to   Feb 2015     Company Name   －   City  ,   State     Greeted customers; operated cash register.  Stocked shelves.      Server     Jun 2011   to   Sep 2013     Company Name   －   City  ,   State     Took orders and served food.       Educational Background      High School Diploma  :   General   ,   2011     Franklin High School   －   City  ,   State          Skills    cash handling, customer service, inventory, Microsoft Word, Excel"

CAREERS = [
    Sample(
        "ecologist.txt",
        ECOLOGIST.encode(),
        Says(
            years=15.8,
            positions=(
                "Associate Professor | University of Bergen | 2019 | now",
                "Postdoctoral Researcher | Institute of Marine Research | 2015 | 2019",
                "Doctoral Research Fellow | University of Oslo | 2011 | 2015",
            ),
            languages={"Norwegian": "native", "English": "C2", "German": "A2"},
            education=(
                "PhD in Marine Biology | University of Oslo | 2015",
                "MSc in Biology | University of Oslo | 2010",
            ),
            skills={"R": None, "Python": None},
            headline="Associate Professor of Marine Ecology",
        ),
    ),
    Sample(
        "sergeant.txt",
        SERGEANT.encode(),
        Says(
            years=21.8,
            positions=(
                "Staff Sergeant | British Army | 2017 | 2022",
                "Sergeant | British Army | 2012 | 2017",
                "Private to Corporal | British Army | 2004 | 2012",
                "Security Supervisor | Meridian Events Ltd | 2023-02 | now",
            ),
            languages={"English": "native", "Arabic": "basic", "Pashto": None},
            certificates=(
                "SIA Close Protection Licence",
                "FREC 3 first aid",
                "IOSH Managing Safely",
            ),
            skills={"Risk management": 3.8},
            never=("Whitaker",),
        ),
    ),
    Sample(
        "actor.txt",
        ACTOR.encode(),
        Says(
            years=3.1,
            positions=(
                "Voice artist | Ljudboken AB | 2021 | 2022",
                "Assistant Director | Dramaten | 2019 | 2019",
                "Actor | Riksteatern | 2016 | 2018",
            ),
            languages={"Swedish": "native", "English": "fluent", "Danish": None},
            education=("BFA Acting | Stockholm University of the Arts | 2016",),
        ),
    ),
    Sample(
        "aid_worker.txt",
        AID_WORKER.encode(),
        Says(
            years=10.6,
            positions=(
                "Programme Officer | Médecins du Lac | 2020-01 | now",
                "Field Coordinator | Water for All | 2016-05 | 2019-12",
            ),
            languages={"English": "fluent", "French": "professional", "Igbo": "native"},
            education=(
                "MPH | University of Ibadan | 2015",
                "BSc Microbiology | University of Lagos | 2010",
            ),
            skills={"Procurement": 3.7},
            never=(
                "Adichie",
                "1988",
                "Hans Meier",
                "SAP",
            ),
        ),
    ),
    Sample(
        "travel_marketing.txt",
        TRAVEL_MARKETING.encode(),
        Says(
            years=11.4,
            positions=(
                "Marketing specialist | Duna Travel Kft. | 2017-09 | now",
                "Receptionist | Hotel Gellért | 2015-06 | 2017-08",
            ),
            languages={"Hungarian": "native", "English": "C1", "German": "B1"},
            education=("BA in Tourism | Budapest Business School | 2015",),
            skills={"Google Ads": 9.2},
            never=(
                "Kovács",
                "Zsófia",
            ),
        ),
    ),
    Sample(
        "database_administrator.txt",
        DATABASE_ADMINISTRATOR.encode(),
        Says(
            years=18.2,
            positions=(
                "Senior DBA | Sparkasse IT | 2015-03 | now",
                "DBA | Telco Czech | 2008-09 | 2015-02",
            ),
            languages={"Czech": "native", "English": "B2", "Russian": None},
            skills={"Python": 3, "Linux": 10},
            headline="Database Administrator",
        ),
    ),
    Sample(
        "small_letters.txt",
        SMALL_LETTERS.encode(),
        Says(
            years=8.1,
            positions=(
                "senior frontend engineer | kiezwerk gmbh | 2021-03 | now",
                "frontend engineer | buchbar | 2018-10 | 2021-02",
            ),
            languages={"German": "native", "English": "C1"},
            education=("bsc media systems | hamburg university of applied sciences | 2018",),
            skills={"Vue.js": 2.4, "TypeScript": 5.7},
        ),
    ),
    Sample(
        "product_designer.md",
        PRODUCT_DESIGNER.encode(),
        Says(
            years=12.3,
            positions=(
                "Lead Product Designer | Fietsflow | 2022-02 | now",
                "UX Designer | Loket Digital | 2019-08 | 2022-01",
                "Bookbinder | Self-employed | 2014 | 2019",
            ),
            languages={"Dutch": "native", "English": "C1", "German": "A2"},
            education=("BSc Industrial Design | TU Delft | 2014",),
            skills={"Figma": 4.8, "HTML": None},
            headline="Product Designer @ Fietsflow",
            never=("Noor",),
        ),
    ),
    Sample(
        "sales_associate.txt",
        SALES_ASSOCIATE.encode(),
        Says(
            years=3.8,
            positions=(
                "Sales Associate | Company Name | 2013-10 | 2015-02",
                "Server | Company Name | 2011-06 | 2013-09",
            ),
            languages={"Spanish": "native", "English": "native"},
            education=("High School Diploma | Franklin High School | 2011",),
            skills={"Microsoft Excel": None, "Customer service": None},
            headline="SALES ASSOCIATE",
        ),
    ),
]
